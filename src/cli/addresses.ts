import type { Command } from 'commander';
import { stringify } from 'yaml';
import { watchedKinds } from '../controller/watches.ts';
import { type PoolUse, poolUses, renderPools } from '../inspect/addresses.ts';
import { readKind } from '../inspect/read-cluster.ts';
import { systemClock } from '../platform/clock.ts';
import { untilSignal } from '../platform/signals.ts';
import { addKubeFlags, type KubeFlags, openCluster } from './kube-flags.ts';

interface Flags extends KubeFlags {
  readonly output?: 'json' | 'yaml';
}

/** Adds `sallyport addresses [POOL]`. */
export function addAddresses(program: Command): void {
  const command = program
    .command('addresses [pool]')
    .description('how full address pools are, who holds which address, and which rest');
  addKubeFlags(command, ['json', 'yaml']).action(async (pool: string | undefined, flags: Flags) => {
    using stopping = untilSignal(['SIGINT', 'SIGTERM']);
    const { signal } = stopping;
    await using client = await openCluster('addresses', flags);
    const [pools, claims] = await Promise.all([
      readKind(client, watchedKinds.pools, signal),
      readKind(client, watchedKinds.claims, signal),
    ]);
    const all = poolUses(pools, claims);
    const uses = pool === undefined ? all : all.filter((use) => use.pool === pool);
    if (pool !== undefined && uses.length === 0)
      throw new Error(
        `there is no EgressAddressPool ${pool}: ${all.map((use) => use.pool).join(', ') || 'there is none'}`,
      );
    process.stdout.write(render(uses, flags.output));
  });
}

function render(uses: readonly PoolUse[], output: Flags['output']): string {
  if (output === 'json') return `${JSON.stringify(uses, undefined, 2)}\n`;
  if (output === 'yaml') return stringify(uses);
  return renderPools(uses, systemClock.now());
}
