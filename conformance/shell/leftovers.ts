import { apiVersion } from '../../src/api/names.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { gatewayApi } from '../lib/manifests.ts';
import { describeName } from '../lib/read.ts';
import { type Run, runLabel } from '../lib/scope.ts';
import { ApiRefusal, type KubeObject } from '../lib/world.ts';
import type { Terminal } from './options.ts';

const kinds = [
  { apiVersion: 'v1', kind: 'Namespace' },
  { apiVersion: gatewayApi, kind: 'GatewayClass' },
  { apiVersion, kind: 'ClusterEgressRoute' },
  { apiVersion, kind: 'EgressClass' },
] as const;

/** Waits until the cluster-scoped objects of a run, and so all its namespaces, are gone; says which are not. */
export async function untilNothingIsLeft(
  run: Run,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<void> {
  const end = systemClock.monotonic() + (signal.aborted ? 0 : run.timeouts.deletion);
  for (;;) {
    const left = (await Promise.all(kinds.map((kind) => listLeft(run, kind)))).flat();
    if (left.length === 0) return;
    if (signal.aborted || systemClock.monotonic() > end) {
      const names = left.map(({ kind, metadata }) => describeName({ kind, name: metadata.name }));
      return terminal.writeError(`deleted, but not gone yet: ${names.join(', ')}\n`);
    }
    await systemClock.sleep(500);
  }
}

async function listLeft({ world, id }: Run, kind: (typeof kinds)[number]): Promise<readonly KubeObject[]> {
  try {
    return await world.api.list(kind, { [runLabel]: id });
  } catch (error) {
    if (error instanceof ApiRefusal) return [];
    throw error;
  }
}
