import type { NodePlan } from '../compile/node-plan.ts';
import { devices, priorities } from '../dataplane/desired/names.ts';
import { inetTable, type NodeDevices } from '../dataplane/desired/nft-inet.ts';
import { bridgeTable } from '../dataplane/desired/nft-links.ts';
import { netdevTable } from '../dataplane/desired/nft-netdev.ts';
import { withProbe } from '../dataplane/desired/probe.ts';
import { routeStateOf } from '../dataplane/desired/routes.ts';
import { ipv6SysctlsOf, sysctlsOf } from '../dataplane/desired/sysctls.ts';
import { tablePath } from '../dataplane/nft/commands.ts';
import { diffTables } from '../dataplane/nft/diff.ts';
import type { Nft } from '../dataplane/nft/exec.ts';
import type { NftTable, ObservedTable } from '../dataplane/nft/model.ts';
import { presentFrom } from '../dataplane/nft/observed.ts';
import { foreignTable } from '../dataplane/nft/parse.ts';
import { diffRoutes } from '../dataplane/route/diff.ts';
import { changesLinks, type RouteFailure, type Routing } from '../dataplane/route/exec.ts';
import type { RouteBatch, RouteState } from '../dataplane/route/model.ts';
import type { Sysctls } from '../dataplane/sysctl/exec.ts';
import { createTableCommits } from './commit-tables.ts';
import type { NodeLink } from './node-addresses.ts';

/** What is ours in the kernel, for reading and watching. */
export const owned = {
  routes: {
    devices: Object.values(devices),
    priorities: [
      priorities.passingRule,
      priorities.networkProbeRule,
      priorities.networkRule,
      priorities.networkEndRule,
      priorities.groupRule,
      priorities.replyRule,
    ],
  },
  tables: [
    { family: 'inet', name: 'sallyport' },
    { family: 'netdev', name: 'sallyport' },
    { family: 'bridge', name: 'sallyport' },
  ],
} as const;

export type Part = 'routes' | 'sysctls' | 'nft';

/** What a plan needs to know of the node's links. */
export interface PlanLinks extends NodeDevices {
  /** Those of the plan's networks. */
  readonly networks: readonly NodeLink[];
}

/** The kernel of this node as plans are applied to it. */
export interface Kernel {
  /** Makes the kernel what the plan says; resolves to the parts that were changed. Throws ProgramError naming the part. */
  apply(plan: NodePlan, underlay: NodeLink, links?: PlanLinks): Promise<readonly Part[]>;
  /** Refuses and guards as the plan says, without a tunnel: nothing that it selects leaves. Never throws. */
  guard(plan: NodePlan, links: PlanLinks): Promise<void>;
  /** Puts settings right that somebody reset; true if there were such. Reads files, spawns nothing. Before the first plan nothing. */
  checkSysctls(): Promise<boolean>;
  /** Whether the kernel takes the table of bridges; without it Pods on a bridge are told apart by their addresses alone. */
  hasBridge(): boolean;
  /** What is there is no longer known: read it before the next change. Tables (`inet sallyport`) that are `gone`, if that is all of them, are made anew unread. */
  forget(part: Part, gone?: readonly string[]): void;
}

/** Programming a part of the kernel failed; the message says what and why. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
  readonly part: Part;
  constructor(part: Part, cause: unknown) {
    super(`${part}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.part = part;
  }
}

export interface KernelShells {
  readonly nft: Nft;
  readonly routing: Routing;
  readonly sysctls: Sysctls;
}

/** Diffs against what is in the kernel; what was read or written last stands for it until `forget` (somebody else changed it). */
export function createKernel({ nft, routing, sysctls }: KernelShells): Kernel {
  const routes = createMemory<RouteState>();
  const tables = createMemory<readonly ObservedTable[]>();
  const commits = createTableCommits(nft);
  let hasDevices = false;
  let madeDevices = false;
  let isApplying = false;

  const applyRoutes = async (desired: RouteState): Promise<boolean> => {
    const known = routes.take();
    if (known === desired) {
      routes.keep(desired);
      return false;
    }
    const batches = diffRoutes(known ?? (await routing.read(owned.routes)), desired);
    madeDevices ||= batches.some(({ lines }) => lines.some((line) => line.startsWith('link add ')));
    const [devicesFirst, others] = splitAtDevices(batches);
    const failures: RouteFailure[] = [];
    if (devicesFirst.length > 0) failures.push(...(await routing.apply(devicesFirst)));
    if (others.some(({ tool }) => tool === 'ip6')) await sysctls.applyPresent(ipv6SysctlsOf());
    if (others.length > 0) failures.push(...(await routing.apply(others)));
    const [first] = failures;
    if (first !== undefined)
      throw new Error(`${failures.length} line(s) refused, the first: ${first.line}: ${first.message}`);
    routes.keep(desired);
    hasDevices = true;
    return batches.length > 0;
  };
  const applyTables = async (desired: readonly NftTable[]): Promise<boolean> => {
    const observed = tables.take() ?? (await nft.read(owned.tables));
    const known = madeDevices ? observed.map(withoutDevices) : observed;
    const { changed, present } = await commits.commit(known, desired);
    madeDevices = false;
    tables.keep(present.map(presentFrom));
    return changed;
  };
  // Without the tunnel's devices the netdev table cannot be; what judges, refuses and guards can.
  const guardAlone = async (table: NftTable): Promise<void> => {
    try {
      const transaction = diffTables(await nft.read([table]), [table]);
      if (transaction !== undefined) await nft.commit(transaction);
    } catch {
      // The first failure says what is wrong.
    }
  };
  return {
    forget: (part, gone = []) => {
      if (part === 'routes') routes.forget();
      if (part === 'nft') tables.forget((known) => allGone(known, gone));
    },
    hasBridge: commits.hasBridge,
    guard: async (plan, links) => {
      tables.forget();
      await guardAlone(inetTable(plan, links));
    },
    // What an `apply` is about to set is not somebody else's doing.
    checkSysctls: async () => hasDevices && !isApplying && (await sysctls.apply(sysctlsOf())),
    // Devices and routes first: the netdev chains hang on devices. A step that fails keeps none back: refusals and guards must
    // stand even where a route is refused, and loading our tables is what brings conntrack's settings.
    apply: async (selected, underlay, links = noLinks) => {
      const plan = withProbe(selected);
      const steps: readonly (readonly [Part, () => Promise<boolean>])[] = [
        ['routes', () => applyRoutes(routeStateOf(plan, underlay, links.networks))],
        ['nft', () => applyTables([inetTable(plan, links), netdevTable(plan), bridgeTable(plan.marks.mask)])],
        ['sysctls', () => sysctls.apply(sysctlsOf())],
      ];
      const changed: Part[] = [];
      const failures: ProgramError[] = [];
      isApplying = true;
      for (const [part, step] of steps) {
        try {
          if (await step()) changed.push(part);
        } catch (cause) {
          failures.push(new ProgramError(part, cause));
        }
      }
      isApplying = false;
      const [first] = failures;
      if (first === undefined) return changed;
      if (failures.some(({ part }) => part === 'nft')) await guardAlone(inetTable(plan, links));
      throw first;
    },
  };
}

// The first batch makes the devices, or changes them.
function splitAtDevices(batches: readonly RouteBatch[]): readonly [readonly RouteBatch[], readonly RouteBatch[]] {
  const [first, ...others] = batches;
  return first !== undefined && changesLinks(first) ? [[first], others] : [[], batches];
}

const noLinks: PlanLinks = { networks: [], outer: [], underlay: [] };

// A rule that forwards to a device holds its number, and a device that was made anew has another.
function withoutDevices(table: ObservedTable): ObservedTable {
  if (table.family !== 'netdev') return table;
  return { ...table, chains: table.chains.map((chain) => ({ ...chain, digests: chain.digests.map(() => '') })) };
}

// To be replaced, not added: this may be heard only after the tables were made again.
function allGone(known: readonly ObservedTable[], gone: readonly string[]): readonly ObservedTable[] | undefined {
  if (known.some((table) => !gone.includes(tablePath(table)))) return undefined;
  return known.map((table) => foreignTable(table, 'somebody deleted it'));
}

interface Memory<T> {
  /** What is known; until the next `keep` nothing is. */
  take(): T | undefined;
  /** Keeps what was made so, unless it was forgotten since `take`: then somebody changed it meanwhile. */
  keep(value: T): void;
  /** With what is there instead, if `instead` can tell from what was known. */
  forget(instead?: (known: T) => T | undefined): void;
}

function createMemory<T>(): Memory<T> {
  let known: T | undefined;
  let forgotten = false;
  return {
    take: () => {
      const value = known;
      known = undefined;
      forgotten = false;
      return value;
    },
    keep: (value) => {
      known = forgotten ? undefined : value;
    },
    forget: (instead) => {
      known = known === undefined ? undefined : instead?.(known);
      forgotten = true;
    },
  };
}
