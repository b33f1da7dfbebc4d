import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ExternalNetwork } from './fixed-points.ts';
import { loadOutsideRules } from './outside-rules.ts';
import { inNetns } from './tools.ts';

/** Starts the echo of every outside server and the count of source addresses; resolves when they answer. */
export async function startOutside(networks: readonly ExternalNetwork[]): Promise<void> {
  await Promise.all(networks.flatMap(({ server }) => [loadOutsideRules(server), startEcho(server)]));
}

function startEcho({ name, address4, address6, second4, second6 }: ExternalNetwork['server']): Promise<void> {
  const script = join(import.meta.dirname, 'outside-server.ts');
  const [program = '', ...args] = inNetns(name, [process.execPath, script, address4, second4, address6, second6]);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('error', reject);
    child.once('exit', (status) => reject(new Error(`the outside server "${name}" ended with ${status}`)));
  });
}
