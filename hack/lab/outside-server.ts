// The echo of an outside server, run in its namespace with its addresses (port 8080, TCP and UDP) as arguments.
// TCP: every line is answered by the peer's address, a space and the line. A first line that is an HTTP GET is answered by a page
// with nothing but the peer's address. UDP: every datagram is answered by the peer's address, a space and the datagram.
import { createSocket } from 'node:dgram';
import { createServer, isIPv6, type Socket } from 'node:net';
import { serverPort } from './fixed-points.ts';

/** The peer's address as people write it: without the prefix of IPv4 addresses on IPv6 sockets. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '');
}

function answerHttp(socket: Socket, source: string): void {
  const body = `${source}\n`;
  socket.end(
    `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function serve(socket: Socket): void {
  const source = plainAddress(socket.remoteAddress);
  let partial = '';
  let first = true;
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy()); // a peer that went away
  socket.on('data', (chunk: string) => {
    const lines = (partial + chunk).split('\n');
    partial = lines.pop() ?? '';
    const [line] = lines;
    if (first && line !== undefined) {
      first = false;
      if (/^(GET|HEAD) /.test(line)) {
        socket.removeAllListeners('data').resume();
        return answerHttp(socket, source);
      }
    }
    if (lines.length > 0) socket.write(lines.map((text) => `${source} ${text}\n`).join(''), 'latin1');
  });
}

function serveDatagrams(address: string): Promise<void> {
  const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', recvBufferSize: 4 << 20 });
  socket.on('message', (message, peer) => {
    socket.send([`${plainAddress(peer.address)} `, message], peer.port, peer.address, () => {}); // an unreachable peer is its affair
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(serverPort, address, resolve);
  });
}

const server = createServer(serve);
await new Promise<void>((resolve) => server.listen({ port: serverPort, host: '::', backlog: 4096 }, resolve));
await Promise.all(process.argv.slice(2).map(serveDatagrams));
process.stdout.write('ready\n');
