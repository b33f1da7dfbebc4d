// Outside: takes the datagrams "NAME EXPECTED" of churn-sender.sh on PORT, and says each ChurnFirst as it comes. Each line on stdin is
// answered by the ChurnCount so far.
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';

/** The first datagram of a name that came with the expected source; ms since 1970. */
export interface ChurnFirst {
  readonly name: string;
  readonly at: number;
}

export interface ChurnCount {
  readonly right: number;
  /** Names, sources and times of the others, for people. */
  readonly wrong: readonly string[];
}

const seen = new Set<string>();
const wrong: string[] = [];
let right = 0;
const say = (line: ChurnFirst | ChurnCount | object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 22 });
socket.on('message', (message, { address, port }) => {
  const [name = '', expected] = message.toString('latin1').trim().split(' ');
  if (address !== expected) {
    const when = new Date().toISOString().slice(11, 23);
    return void wrong.push(`${name} from ${address}:${port} instead of ${expected} at ${when}`);
  }
  right++;
  if (seen.has(name)) return;
  seen.add(name);
  say({ name, at: Date.now() });
});
socket.bind(Number(process.argv[2]), '0.0.0.0', () => say({}));
createInterface({ input: process.stdin })
  .on('line', () => say({ right, wrong }))
  .on('close', () => process.exit(0));
