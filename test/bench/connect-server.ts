// Closes every TCP connection to PORT at once; its own side goes first, so that the client's port is free again.
import { createServer } from 'node:net';

const server = createServer((socket) => {
  socket.on('error', () => {}); // the client was faster
  socket.resume().end();
});
server.listen({ port: Number(process.argv[2]), host: '0.0.0.0', backlog: 4096 }, () => process.stdout.write('{}\n'));
process.stdin.resume().on('end', () => process.exit(0));
