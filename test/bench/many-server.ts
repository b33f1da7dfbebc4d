// The outside's side of thousands of TCP connections (many-clients.ts) on PORT. Each line on stdin has all that the outside speaks
// first on asked and a FlowCheck printed.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { checkFlows, speakFirst, speakSecond } from './many-flow.ts';

const flows: ReturnType<typeof speakFirst>[] = [];
const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.once('readable', () => {
    const who = socket.read(1)?.toString('latin1');
    if (who === 'o') flows.push(speakFirst(socket, () => socket.remotePort));
    else speakSecond(socket);
  });
  socket.on('error', () => {}); // counted where it matters
});
server.listen({ port: Number(process.argv[2]), host: '0.0.0.0', backlog: 4096 }, () => {
  process.stdout.write('{}\n');
});
createInterface({ input: process.stdin })
  .on('line', async () => process.stdout.write(`${JSON.stringify(await checkFlows(flows))}\n`))
  .on('close', () => process.exit(0));
