import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { firstRecords, writeRecords } from './dns-records.ts';
import { dnsAddress, type ExternalNetwork } from './fixed-points.ts';
import { loadOutsideRules } from './outside-rules.ts';
import { inNetns } from './tools.ts';

/** Starts the echo of every outside server, the count of source addresses and the DNS server; resolves when they answer. */
export async function startOutside(networks: readonly ExternalNetwork[]): Promise<void> {
  writeRecords(firstRecords(networks));
  await Promise.all([
    ...networks.map(({ server }) => loadOutsideRules(server)),
    ...networks.map(({ server }) => {
      const { address4, address6, second4, second6 } = server;
      return startServer(server.name, 'outside-server.ts', [address4, second4, address6, second6]);
    }),
    startServer('outside', 'dns-server.ts', [dnsAddress.ipv4, dnsAddress.ipv6]),
  ]);
}

function startServer(netns: string, script: string, addresses: readonly string[]): Promise<void> {
  const path = join(import.meta.dirname, script);
  const [program = '', ...args] = inNetns(netns, [process.execPath, path, ...addresses]);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('error', reject);
    child.once('exit', (status) => reject(new Error(`${script} of "${netns}" ended with ${status}`)));
  });
}
