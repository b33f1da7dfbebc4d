// Runs in a Pod's network namespace from its first moment: one UDP datagram every 2 ms until the first answer that names the
// address given, at most 10 s. Prints JSON: when that was (ms since 1970) and how many answers named another address.
import { createSocket } from 'node:dgram';

const [server = '', wanted = ''] = process.argv.slice(2);
const socket = createSocket('udp4');
let others = 0;
const finish = (at: number | null) => {
  process.stdout.write(`${JSON.stringify({ at, others })}\n`);
  process.exit(0);
};
socket.on('error', () => {}); // no route yet: the next datagram
socket.on('message', (message) => {
  if (message.toString('latin1').startsWith(`${wanted} `)) finish(Date.now());
  else others += 1;
});
setInterval(() => socket.send('x\n', 8080, server, () => {}), 2);
setTimeout(() => finish(null), 10_000);
