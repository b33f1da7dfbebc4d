import type { Command } from 'commander';
import { stringify } from 'yaml';
import { readCluster } from '../inspect/read-cluster.ts';
import { renderValidation } from '../inspect/render-validation.ts';
import { type Validation, validate } from '../inspect/validate.ts';
import { systemClock } from '../platform/clock.ts';
import { untilSignal } from '../platform/signals.ts';
import { addKubeFlags, type KubeFlags, openCluster } from './kube-flags.ts';
import { addManifestFlags, type ManifestFlags, openManifests, openNoCluster } from './manifest-flags.ts';

interface Flags extends KubeFlags, ManifestFlags {
  readonly cluster?: boolean;
  readonly output?: 'json' | 'yaml';
}

/** Adds `sallyport validate -f PATH`. */
export function addValidate(program: Command): void {
  const command = program
    .command('validate')
    .description(
      'what API server and controller would say of manifests: schemas, CEL rules, conditions; status 1 if there are errors',
    )
    .option(
      '--cluster',
      'in the cluster as it is now (implied by --context and --kubeconfig); else the manifests alone',
    );
  addKubeFlags(addManifestFlags(command), ['json', 'yaml']).action(async (flags: Flags) => {
    using stopping = untilSignal(['SIGINT', 'SIGTERM']);
    const read = await openManifests(flags, stopping.signal);
    const isOffline = flags.cluster !== true && flags.context === undefined && flags.kubeconfig === undefined;
    const result = validate(read, await snapshotFor(flags, isOffline, stopping.signal), isOffline);
    process.stdout.write(render(result, flags.output));
    if (result.findings.some(({ severity }) => severity === 'error')) process.exitCode = 1;
  });
}

async function snapshotFor(flags: Flags, isOffline: boolean, signal: AbortSignal) {
  const now = systemClock.now();
  if (isOffline) return await openNoCluster(now);
  await using client = await openCluster('validate', flags);
  return await readCluster(client, now, signal);
}

function render(result: Validation, output: Flags['output']): string {
  if (output === 'json') return `${JSON.stringify(result, undefined, 2)}\n`;
  return output === 'yaml' ? stringify(result) : renderValidation(result);
}
