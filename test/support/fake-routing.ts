import type { RouteFailure, Routing } from '../../src/dataplane/route/exec.ts';
import type { RouteBatch, RouteOwnership, RouteState } from '../../src/dataplane/route/model.ts';
import type { RouteWatch } from '../../src/dataplane/route/watch.ts';
import { type FakeKernel, runRouteLine } from './fake-routing-lines.ts';

export interface FakeRouting extends Routing {
  /** Batches that were applied, oldest first. */
  readonly applied: readonly RouteBatch[];
  /** How often the state was read. */
  reads(): number;
  /** One line of somebody else; throws if it fails. */
  intrude(tool: RouteBatch['tool'], line: string): Promise<void>;
}

/** Routing in memory: interprets the lines that commands.ts writes. Has one foreign device, `eth0`; with `remembers: false` `applied` stays empty. */
export function createFakeRouting({ remembers = true }: { readonly remembers?: boolean } = {}): FakeRouting {
  let kernel: FakeKernel = { links: [], addresses: [], routes: [], rules: [], neighbours: [], fdb: [] };
  let reads = 0;
  const applied: RouteBatch[] = [];
  const watches = new Set<RouteWatch>();
  const run = (tool: RouteBatch['tool'], line: string): string | undefined => {
    const result = runRouteLine(kernel, tool, line);
    if (typeof result === 'string') return result;
    kernel = result;
    for (const watch of watches) watch.onChange('links');
    return undefined;
  };
  return {
    applied,
    reads: () => reads,
    read: async (owned) => {
      reads += 1;
      return ownPart(kernel, owned);
    },
    apply: async (batches) => {
      if (remembers) applied.push(...batches);
      return batches.flatMap(({ tool, lines }) =>
        lines.flatMap((line): readonly RouteFailure[] => {
          const message = run(tool, line);
          return message === undefined ? [] : [{ tool, line, message }];
        }),
      );
    },
    intrude: async (tool, line) => {
      const message = run(tool, line);
      if (message !== undefined) throw new Error(message);
    },
    watch: async (watch) => {
      if (watch.signal.aborted) return;
      watches.add(watch);
      watch.onChange('links');
      await new Promise((resolve) => watch.signal.addEventListener('abort', resolve, { once: true }));
      watches.delete(watch);
    },
  };
}

function ownPart(kernel: FakeKernel, owned: RouteOwnership): RouteState {
  const ours = (name: string) => owned.devices.includes(name);
  return {
    links: kernel.links.filter((link) => ours(link.name)),
    addresses: kernel.addresses.filter((address) => ours(address.device)),
    routes: kernel.routes.filter((route) => route.protocol === 84).map(({ protocol: _, ...route }) => route),
    rules: kernel.rules.filter((rule) => owned.priorities.includes(rule.priority)),
    neighbours: kernel.neighbours.filter((entry) => ours(entry.device)),
    fdb: kernel.fdb.filter((entry) => ours(entry.device)),
  };
}
