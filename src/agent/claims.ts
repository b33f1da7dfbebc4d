import type { EgressPlacement } from '../api/kinds.ts';
import type { NodePlan, PlanGroup } from '../compile/node-plan.ts';
import { groupAddressesOf } from '../dataplane/vrrp/addresses.ts';
import type { NodeLink } from './node-addresses.ts';
import type { Prober, Wanted } from './probe-addresses.ts';

/** An address that somebody else has, and who. */
export interface Withheld {
  readonly address: string;
  readonly macs: readonly string[];
}

/** What may be claimed now. */
export interface Claimed {
  /** The plan without what this node does not claim: no packet leaves with such an address. */
  readonly plan: NodePlan;
  /** The same for keepalived: a group that has not begun here waits for its first answers, half a second. */
  readonly keepalived: NodePlan;
  /** By group: what another host has; sorted by address. */
  readonly withheld: ReadonlyMap<number, readonly Withheld[]>;
}

export interface ClaimFacts {
  readonly placements: readonly EgressPlacement[];
  readonly links: readonly NodeLink[];
  readonly underlayDevice: string;
}

export interface Claims {
  /** Judges every egress address of the groups for which this node is a candidate, and has those asked about that are new. */
  judge(plan: NodePlan, facts: ClaimFacts): Promise<Claimed>;
}

export interface ClaimOptions {
  readonly prober: Pick<Prober, 'want' | 'of'>;
  /** keepalived.conf as an agent before this one left it; undefined: none. */
  readConfig(): Promise<string | undefined>;
}

/**
 * Claims addresses: at once those that are known to have been ours, so that no takeover ever waits: keepalived.conf has them, this node
 * holds them, or the placement's status says that an owner held them. All others only when nobody answers for them (RFC 5227).
 */
export function createClaims({ prober, readConfig }: ClaimOptions): Claims {
  let claimed: ReadonlySet<string> | undefined;
  let begun: ReadonlySet<number> = new Set();
  const begin = async () => {
    const groups = groupAddressesOf((await readConfig()) ?? '');
    begun = new Set(groups.map(({ group }) => group));
    return new Set(groups.flatMap(({ addresses }) => addresses.map(({ address }) => address)));
  };
  return {
    judge: async (plan, facts) => {
      const before = claimed ?? (await begin());
      const mine = plan.groups.flatMap((group) =>
        (group.vrrp?.egressAddresses ?? []).map((address) => ({ group, address })),
      );
      const isNew = ({ address }: Mine) => !before.has(address);
      const known = mine.some(isNew) ? knownOurs(facts) : before;
      const open = mine.filter(
        (each) => isNew(each) && !known.has(each.address) && prober.of(each.address)?.verdict !== 'free',
      );
      const unclaimed = new Set(open.map(({ address }) => address));
      claimed = new Set(mine.map(({ address }) => address).filter((address) => !unclaimed.has(address)));
      const wanted = open.flatMap(({ group, address }) => {
        const device = askableDevice(group, facts);
        return device === undefined ? [] : [{ device, address }];
      });
      prober.want(wanted);
      const own = withoutAddresses(plan, unclaimed);
      const keepalived = withoutGroups(own, waitingGroups(plan, { begun, wanted, prober }));
      begun = new Set(keepalived.groups.map(({ group }) => group));
      return { plan: own, keepalived, withheld: withheldOf(open, prober) };
    },
  };
}

interface Mine {
  readonly group: PlanGroup;
  readonly address: string;
}

function knownOurs({ links, placements }: ClaimFacts): ReadonlySet<string> {
  return new Set([...links.flatMap(({ addresses }) => addresses), ...heldBefore(placements)]);
}

// A controller of before says so by its condition alone.
function heldBefore(placements: readonly EgressPlacement[]): readonly string[] {
  return placements.flatMap(({ metadata, spec, status }) => {
    const isProgrammed = status?.conditions?.some(
      ({ type, status: word, observedGeneration }) =>
        type === 'Programmed' && word === 'True' && observedGeneration === metadata.generation,
    );
    const all = spec.identities.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter((each) => each !== undefined));
    return isProgrammed === true ? all : (status?.addresses ?? []).filter((address) => all.includes(address));
  });
}

// Where the link has no carrier nobody could answer, which says nothing.
function askableDevice({ vrrp }: PlanGroup, { links, underlayDevice }: ClaimFacts): string | undefined {
  const device = vrrp?.networkInterface ?? underlayDevice;
  const link = links.find((each) => each.device === device);
  return link?.carrier === true && plainDevice.test(device) ? device : undefined;
}

// It goes into a command of nft.
const plainDevice = /^[\w.@:+-]{1,15}$/;

function withoutAddresses(plan: NodePlan, unclaimed: ReadonlySet<string>): NodePlan {
  if (unclaimed.size === 0) return plan;
  const groups = plan.groups.map((group) => {
    if (group.vrrp === undefined) return group;
    const egressAddresses = group.vrrp.egressAddresses.filter((address) => !unclaimed.has(address));
    return { ...group, vrrp: { ...group.vrrp, egressAddresses } };
  });
  const identities = plan.identities.map(({ egress4, egress6, ...identity }) => ({
    ...identity,
    ...(egress4 === undefined || unclaimed.has(egress4) ? {} : { egress4 }),
    ...(egress6 === undefined || unclaimed.has(egress6) ? {} : { egress6 }),
  }));
  return { ...plan, groups, identities };
}

interface Waiting {
  readonly begun: ReadonlySet<number>;
  readonly wanted: readonly Wanted[];
  readonly prober: Pick<Prober, 'of'>;
}

// One start instead of a start and a reload in the middle of the first election.
function waitingGroups({ groups }: NodePlan, { begun, wanted, prober }: Waiting): ReadonlySet<number> {
  const asked = new Set(wanted.map(({ address }) => address));
  const isPending = (address: string) => asked.has(address) && (prober.of(address)?.verdict ?? 'unknown') === 'unknown';
  const waiting = groups.filter(({ group, vrrp }) => {
    const addresses = vrrp?.egressAddresses ?? [];
    return !begun.has(group) && addresses.length > 0 && addresses.every(isPending);
  });
  return new Set(waiting.map(({ group }) => group));
}

function withoutGroups(plan: NodePlan, left: ReadonlySet<number>): NodePlan {
  return left.size === 0 ? plan : { ...plan, groups: plan.groups.filter(({ group }) => !left.has(group)) };
}

function withheldOf(open: readonly Mine[], prober: Pick<Prober, 'of'>): Claimed['withheld'] {
  const taken = open.flatMap(({ group, address }) => {
    const probe = prober.of(address);
    return probe?.verdict === 'taken' ? [{ group: group.group, address, macs: probe.macs }] : [];
  });
  const byGroup = Map.groupBy(taken, ({ group }) => group);
  return new Map([...byGroup].map(([group, all]) => [group, all.map(({ address, macs }) => ({ address, macs }))]));
}
