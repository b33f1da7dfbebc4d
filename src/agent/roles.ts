import type { NodePlan, PlanGroup } from '../compile/node-plan.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import type { Role } from './report.ts';

/** Pure: the roles of this node, from the addresses that it holds and whether keepalived can move those of a group. */
export function rolesOf(
  plan: NodePlan,
  addresses: ReadonlySet<string>,
  isServed: (group: PlanGroup) => boolean,
): ReadonlyMap<number, Role> {
  // Who joins says nothing yet.
  const held = plan.groups.filter(({ vrrp }) => vrrp !== undefined && vrrp.silent !== true);
  const owned = ownedGroups(plan, addresses);
  return new Map(
    held.map((group): [number, Role] => {
      // An address that nobody moves any more is a fault, even where it is.
      return [group.group, !isServed(group) ? 'Fault' : owned.has(group.group) ? 'Owner' : 'Standby'];
    }),
  );
}

/** Pure: the groups for which this node is a candidate and whose tunnel address it holds, by whatever right. */
export function ownedGroups(plan: NodePlan, addresses: ReadonlySet<string>): ReadonlySet<number> {
  const owned = plan.groups.filter(
    ({ vrrp, tunnel }) => vrrp !== undefined && tunnel !== undefined && addresses.has(tunnel),
  );
  return new Set(owned.map(({ group }) => group));
}

/** How long keepalived may take to run after a group came to this node, in ms. */
const startMs = 10_000;

export interface StartWatch {
  /** The roles without those of groups that are still being started, which is no fault yet, unless one knows why. */
  withoutStarting(
    roles: ReadonlyMap<number, Role>,
    problems?: ReadonlyMap<number, string>,
  ): {
    readonly known: ReadonlyMap<number, Role>;
    /** Until the first of them counts as a fault. */
    readonly lookAgainMs?: number;
  };
}

/** Remembers since when this node is a candidate of each group, and whether it ever was more than a fault. */
export function createStartWatch(clock: Pick<Clock, 'monotonic'>): StartWatch {
  let begun: ReadonlyMap<number, number> = new Map();
  return {
    withoutStarting: (roles, problems) => {
      const now = clock.monotonic();
      begun = new Map(
        [...roles].map(([group, role]) => [
          group,
          role === 'Fault' && problems?.has(group) !== true ? (begun.get(group) ?? now) : -startMs,
        ]),
      );
      const left = (group: number) => (begun.get(group) ?? 0) + startMs - now;
      const known = new Map([...roles].filter(([group]) => left(group) <= 0));
      const waits = [...roles.keys()].map(left).filter((ms) => ms > 0);
      return waits.length === 0 ? { known } : { known, lookAgainMs: Math.min(...waits) };
    },
  };
}

export interface AddressWatch {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether it matters that the device itself came, went, or lost its carrier or what was routed by it. */
  isNetwork(device: string): boolean;
  onChange(what: 'addresses' | 'next-hops' | 'routes'): void;
}

/** Calls whenever an address of the node, an IPv4 default route or a network's device comes or goes (`ip monitor`), for routes when such a device went up or down, and for all at the start, until the signal aborts. */
export async function watchAddresses({ runner, clock, signal, isNetwork, onChange }: AddressWatch): Promise<void> {
  while (!signal.aborted) {
    onChange('next-hops');
    onChange('addresses');
    onChange('routes');
    const flipped = createFlips();
    const onLine = (line: string) => {
      const what = changeIn(line, isNetwork);
      if (what === undefined) return;
      if (flipped(line)) onChange('routes');
      onChange(what);
    };
    await runner.lines('ip', ['monitor', 'link', 'address', 'route'], { signal, onLine }).catch(() => {});
    await clock.sleep(1_000, signal).catch(() => {});
  }
}

/**
 * Tells of a line of `ip monitor link` whether its device went up or down by it, or was replaced. With a device that goes down the
 * kernel drops its IPv4 routes, and announces none of them (Linux 6.18); a device not heard of before is taken to be up.
 */
export function createFlips(): (line: string) => boolean {
  const down = new Set<string>();
  return (line) => {
    const { device, flags } = linkLine.exec(line)?.groups ?? {};
    if (device === undefined) return false;
    const wasDown = down.has(device);
    const isDown = line.startsWith('Deleted') || flags?.split(',').includes('UP') !== true;
    if (isDown) down.add(device);
    else down.delete(device);
    return isDown !== wasDown;
  };
}

const linkLine = /^(?:Deleted )?\d+: (?<device>[^\s@]+?)(?:@\S+)?: <(?<flags>[^>]*)>/;

/**
 * Pure: what a line of `ip monitor link address route` is about: `2: eth0 inet 192.0.2.11/24 …`, `default via 192.0.2.1 …` or
 * `3: eth1@if7: <BROADCAST,…> mtu …` of a network, each perhaps after `Deleted`; undefined for the other links and routes, of which
 * there are many, and for the link-local addresses that every new link gets.
 */
export function changeIn(line: string, isNetwork: (device: string) => boolean): 'addresses' | 'next-hops' | undefined {
  const link = linkLine.exec(line)?.groups?.['device'];
  if (link !== undefined) return isNetwork(link) ? 'addresses' : undefined;
  if (/^(Deleted )?\d+: /.test(line)) return / inet6 fe80:.* scope link/.test(line) ? undefined : 'addresses';
  return /^(Deleted )?default /.test(line) ? 'next-hops' : undefined;
}
