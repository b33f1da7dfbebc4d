import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveControlPlane } from '../controlplane/resolve.ts';
import { parseInstallOptions } from './options.ts';
import { renderInstallation } from './render.ts';

// What hack/install-yaml does.

async function findKubectl(): Promise<string> {
  if (spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0) return 'kubectl';
  return join((await resolveControlPlane()).dir, 'kubectl');
}

try {
  const options = parseInstallOptions(process.argv.slice(2));
  const text = renderInstallation(await findKubectl(), options);
  if (options.output === undefined) process.stdout.write(text);
  else writeFileSync(options.output, text);
} catch (error) {
  process.stderr.write(`install-yaml: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
