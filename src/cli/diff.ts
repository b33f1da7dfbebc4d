import type { Command, CommanderError } from 'commander';
import { stringify } from 'yaml';
import type { Snapshot } from '../compile/snapshot.ts';
import { readCluster, readPods } from '../inspect/read-cluster.ts';
import { renderFinding } from '../inspect/render-validation.ts';
import { systemClock } from '../platform/clock.ts';
import { untilSignal } from '../platform/signals.ts';
import { layOver } from '../preview/lay-over.ts';
import { isEmpty, type Preview, preview } from '../preview/preview.ts';
import { renderPreview } from '../preview/render-preview.ts';
import { addKubeFlags, type KubeFlags, openCluster } from './kube-flags.ts';
import { addManifestFlags, type ManifestFlags, openManifests, openNoCluster } from './manifest-flags.ts';

interface Flags extends KubeFlags, ManifestFlags {
  readonly against?: readonly string[];
  readonly delete?: boolean;
  readonly pods: boolean;
  readonly output?: 'json' | 'yaml';
}

/** Adds `sallyport diff -f PATH`. */
export function addDiff(program: Command): void {
  const command = program
    .command('diff')
    .description(
      'what applying manifests would do: addresses that change, Pods that leave in another way, connections that are cut; status 0 nothing, 1 something, 2 an error',
    )
    .option('--against <path...>', 'other manifests in the place of the cluster: no cluster is asked')
    .option('--delete', 'what deleting these objects would do')
    .option('--no-pods', 'do not look at Pods: in a large cluster that is most of the work');
  command.exitOverride(failWithTwo);
  addKubeFlags(addManifestFlags(command), ['json', 'yaml']).action(async (flags: Flags) => {
    process.exitCode = 2;
    using stopping = untilSignal(['SIGINT', 'SIGTERM']);
    // What is wrong with the manifests is said without a cluster.
    const objects = await writtenIn(flags, stopping.signal);
    const { snapshot, pods } = await startOf(flags, stopping.signal);
    const result = preview({ snapshot, pods, objects, remove: flags.delete === true });
    process.stdout.write(render(result, flags.output));
    process.exitCode = isEmpty(result) ? 0 : 1;
  });
}

// A wrong option is an error, too, and no difference.
function failWithTwo(error: CommanderError): never {
  throw error.exitCode === 0 ? error : Object.assign(error, { exitCode: 2 });
}

async function startOf(flags: Flags, signal: AbortSignal) {
  const now = systemClock.now();
  if (flags.against !== undefined) {
    const objects = await writtenIn({ ...flags, filename: flags.against }, signal);
    // Objects of the manifests count as older than what changes them.
    const { snapshot } = layOver(await openNoCluster(now - 1_000), objects);
    return { snapshot: { ...snapshot, now } satisfies Snapshot, pods: [] };
  }
  await using client = await openCluster('diff', flags);
  const [snapshot, pods] = await Promise.all([
    readCluster(client, now, signal),
    flags.pods ? readPods(client, signal) : [],
  ]);
  return { snapshot, pods };
}

async function writtenIn(flags: ManifestFlags, signal: AbortSignal) {
  const { objects, findings } = await openManifests(flags, signal);
  if (findings.length > 0)
    throw new Error(`nothing is compared, these are not valid:\n${findings.map(renderFinding).join('\n')}`);
  return objects.map(({ written }) => written);
}

function render(result: Preview, output: Flags['output']): string {
  if (output === 'json') return `${JSON.stringify(result, undefined, 2)}\n`;
  return output === 'yaml' ? stringify(result) : renderPreview(result);
}
