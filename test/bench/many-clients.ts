// The Pod's side of thousands of TCP connections: opens COUNT of them to HOST PORT, evenly over AGE ms, and prints how many are
// open ({"opened": N}). The Pod speaks first on every second one, the outside on the others, which the first byte says. Each line on
// stdin has all of them asked and a FlowCheck printed.
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkFlows, speakFirst, speakSecond } from './many-flow.ts';

const [host = '', port = '', count = '0', ageMs = '0'] = process.argv.slice(2);
const flows: ReturnType<typeof speakFirst>[] = [];
let opened = 0;

async function open(n: number): Promise<void> {
  const socket = connect({ host, port: Number(port), noDelay: true });
  const isPodFirst = n % 2 === 0;
  if (isPodFirst) flows.push(speakFirst(socket, () => socket.localPort));
  else speakSecond(socket);
  try {
    await once(socket, 'connect');
    socket.write(isPodFirst ? 'p' : 'o');
    opened++;
  } catch (error) {
    process.stderr.write(`bench: a connection was not opened: ${(error as Error).message}\n`);
  }
}

const started = performance.now();
for (let n = 0; n < Number(count); n++) {
  void open(n);
  await sleep(started + ((n + 1) / Number(count)) * Number(ageMs) - performance.now());
}
await sleep(1_000);
process.stdout.write(`${JSON.stringify({ opened })}\n`);
createInterface({ input: process.stdin })
  .on('line', async () => process.stdout.write(`${JSON.stringify(await checkFlows(flows))}\n`))
  .on('close', () => process.exit(0));
