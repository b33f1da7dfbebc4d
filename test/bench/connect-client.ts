// In a Pod's network namespace: opens TCP connections to HOST PORT, so many at a time, for so many seconds after a line on stdin;
// each is closed by the server at once. Prints {"opened", "failed", "seconds"}.
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const [host = '', port = '', parallel = '50', seconds = '5'] = process.argv.slice(2);

async function burst(): Promise<void> {
  const started = performance.now();
  const end = started + Number(seconds) * 1000;
  let opened = 0;
  let failed = 0;
  const worker = async () => {
    while (performance.now() < end) {
      const socket = connect({ host, port: Number(port) });
      try {
        await once(socket.resume(), 'close');
        opened++;
      } catch {
        failed++;
        socket.destroy();
      }
    }
  };
  await Promise.all(Array.from({ length: Number(parallel) }, worker));
  const lasted = (performance.now() - started) / 1000;
  process.stdout.write(`${JSON.stringify({ opened, failed, seconds: lasted })}\n`);
}

createInterface({ input: process.stdin })
  .on('line', () => void burst())
  .on('close', () => process.exit(0));
