import type { Command } from 'commander';
import { stringify } from 'yaml';
import { readCluster, readPods } from '../inspect/read-cluster.ts';
import { renderStatus } from '../inspect/render-status.ts';
import { type GatewayLine, gatewayLines } from '../inspect/status.ts';
import { systemClock } from '../platform/clock.ts';
import { untilSignal } from '../platform/signals.ts';
import { addKubeFlags, type KubeFlags, openCluster } from './kube-flags.ts';

interface Flags extends KubeFlags {
  readonly watch?: boolean;
  readonly pods: boolean;
  readonly output?: 'json' | 'yaml' | 'wide';
}

const watchMs = 2_000;

/** Adds `sallyport status`. */
export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .description('Gateways with their addresses, owners, standbys, Pods, last failover, and what is wrong')
    .option('-w, --watch', 'look again every two seconds, and print what changed, until Ctrl-C')
    .option('--no-pods', 'do not count Pods: in a large cluster that is most of the work');
  addKubeFlags(command, ['json', 'yaml', 'wide']).action(async (flags: Flags) => {
    using stopping = untilSignal(['SIGINT', 'SIGTERM']);
    const { signal } = stopping;
    await using client = await openCluster('status', flags);
    let last = '';
    do {
      const now = systemClock.now();
      const [snapshot, pods] = await Promise.all([
        readCluster(client, now, signal),
        flags.pods ? readPods(client, signal) : undefined,
      ]);
      const lines = gatewayLines(snapshot, pods);
      // Ages alone are no news.
      const news = JSON.stringify(lines);
      if (news !== last) process.stdout.write(render(lines, flags.output, now));
      last = news;
      if (flags.watch === true) await systemClock.sleep(watchMs, signal).catch(() => {});
    } while (flags.watch === true && !signal.aborted);
  });
}

function render(lines: readonly GatewayLine[], output: Flags['output'], now: number): string {
  if (output === 'json') return `${JSON.stringify(lines, undefined, 2)}\n`;
  if (output === 'yaml') return stringify(lines);
  return renderStatus(lines, { wide: output === 'wide', now });
}
