import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { collectBundle } from '../inspect/support-bundle.ts';
import { systemClock } from '../platform/clock.ts';
import { writeFileAtomic } from '../platform/files.ts';
import { makeFolder } from '../platform/folders.ts';
import { untilSignal } from '../platform/signals.ts';
import { addKubeFlags, type KubeFlags, openCluster } from './kube-flags.ts';
import { version } from './version.ts';

interface Flags extends KubeFlags {
  readonly directory?: string;
  readonly namespace: string;
}

/** Adds `sallyport support-bundle`. */
export function addSupportBundle(program: Command): void {
  const command = program
    .command('support-bundle')
    .description(
      "a folder with all that somebody who is to help needs: Sallyport's objects, status, logs and metrics; no Secrets, to be read before it is sent",
    )
    .option('-d, --directory <folder>', 'where to; default sallyport-support-TIME')
    .option('-n, --namespace <name>', 'where Sallyport runs', 'sallyport-system');
  addKubeFlags(command, []).action(async (flags: Flags) => {
    using stopping = untilSignal(['SIGINT', 'SIGTERM']);
    await using client = await openCluster('support-bundle', flags);
    const now = systemClock.now();
    const folder = flags.directory ?? `sallyport-support-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`;
    let files = 0;
    const write = async (path: string, text: string) => {
      const file = join(folder, path);
      await makeFolder(dirname(file));
      await writeFileAtomic(file, text);
      files += 1;
      process.stderr.write(`${file}\n`);
    };
    let lacks = '';
    for await (const { path, text } of collectBundle({ client, now, signal: stopping.signal, ...flags })) {
      // No folder where there is nothing to put into it.
      if (files === 0) await write('version.txt', `sallyport ${version}\n`);
      await write(path, text);
      if (path === 'errors.txt') lacks = `${text.trim().split('\n').length} questions without an answer (errors.txt); `;
    }
    process.stdout.write(
      `${files} files in ${folder}; ${lacks}names of namespaces, Pods and nodes, and addresses are in them: read before you send it\n`,
    );
  });
}
