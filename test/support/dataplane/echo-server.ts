// Answers on its arguments, which are addresses: port 8080 TCP (each line) and UDP with the peer's `address port` and the text;
// port 8081 TCP reads to the end, then writes as many bytes as it has read.
import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';

function echoLines(socket: Socket): void {
  const peer = `${socket.remoteAddress} ${socket.remotePort}`;
  let rest = '';
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) socket.write(`${peer} ${line}\n`);
  });
}

function echoBulk(socket: Socket): void {
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  socket.on('end', () => socket.end(Buffer.alloc(bytes)));
}

function listen(address: string, port: number, serve: (socket: Socket) => void): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen({ host: address, port }, resolve);
  });
}

function echoDatagrams(address: string): Promise<void> {
  const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1 << 20 });
  socket.on('error', () => {});
  socket.on('message', (message, peer) => {
    socket.send([`${peer.address} ${peer.port} `, message.subarray(0, 32)], peer.port, peer.address, () => {});
  });
  return new Promise((resolve) => {
    socket.bind(8080, address, resolve);
  });
}

for (const address of process.argv.slice(2)) {
  await Promise.all([listen(address, 8080, echoLines), listen(address, 8081, echoBulk), echoDatagrams(address)]);
}
process.stdout.write('ready\n');
