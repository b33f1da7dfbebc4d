// Sends datagrams of 64 bytes as fast as it can for so many milliseconds, each of another flow: argv = NETWORKS (comma-separated, "172.16.0") FROM-TO (ports) MS.
import { createSocket } from 'node:dgram';

const [networks = '', ports = '', ms = ''] = process.argv.slice(2);
const [from = 0, to = 0] = ports.split('-').map(Number);
const targets = networks.split(',').flatMap((network) => Array.from({ length: 62 }, (_, n) => `${network}.${n + 1}`));
const socket = createSocket('udp4');
const payload = Buffer.alloc(64);
const ends = performance.now() + Number(ms);
let sent = 0;
let at = 0;
let port = from;
socket.bind(0, () => sendSome());

function sendSome(): void {
  if (performance.now() >= ends) {
    process.stdout.write(`${JSON.stringify({ sent })}\n`);
    socket.close();
    return;
  }
  let open = 64;
  for (let n = 0; n < 64; n++) {
    at = (at + 7919) % targets.length; // a prime: neighbours are not sent one after the other
    port = port === to ? from : port + 1;
    socket.send(payload, port, targets[at], () => {
      sent += 1;
      open -= 1;
      if (open === 0) setImmediate(sendSome);
    });
  }
}
