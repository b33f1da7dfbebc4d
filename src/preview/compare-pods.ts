import type { EgressPlacement } from '../api/kinds.ts';
import type { Pod } from '../api/pod.ts';
import { everywhere } from '../compile/contender.ts';
import { flowJudge } from '../compile/flow-right.ts';
import { addressOf } from '../compile/identity.ts';
import type { PlanProfile, Verdict } from '../compile/node-plan.ts';
import { compareText } from '../compile/order.ts';
import type { Selection } from '../compile/select.ts';
import type { GatewayRule } from '../compile/select-rules.ts';
import { selectPods } from '../compile/select-snapshot.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import { type Family, formatIp } from '../net/ip.ts';
import { formatRange, parseRange, type Range } from '../net/range.ts';
import { normalise } from '../net/ranges.ts';
import { type Cut, compareProfiles, type Ports, type ProfileChange } from './compare-profiles.ts';

/** What changes for Pods, all of them alike. */
export interface PodChange {
  readonly namespace: string;
  /** Their names, sorted. */
  readonly pods: readonly string[];
  readonly changes: readonly FlowChange[];
}

/** Destinations whose packets leave in another way than before. */
export interface FlowChange {
  /** "203.0.113.0/24", "0.0.0.0/0" */
  readonly destinations: readonly string[];
  /** "TCP 443"; absent: all others. */
  readonly ports?: string;
  /** Ports for which nothing changes. */
  readonly except?: readonly string[];
  /** "192.0.2.100 by shop/partners", "dropped", "left alone" */
  readonly before: string;
  readonly after: string;
  /** `end`: established connections are cut within a second. `stay`: they go on as they were; new ones go the new way. */
  readonly established: 'end' | 'stay' | 'none';
}

/** What applying a change means for these Pods, as their nodes decide once they have the rules of both snapshots; pure. */
export function comparePods(before: Snapshot, after: Snapshot, pods: readonly Pod[]): readonly PodChange[] {
  const [old, next] = [select(before, pods), select(after, pods)];
  const judge = flowJudge(next.selection.plan, next.selection.rights);
  const changed = pods.flatMap((pod) => {
    const changes = pod.status.podIPs.flatMap((address) => {
      if (old.profileOf(address)?.name === next.profileOf(address)?.name) return [];
      const cuts = (next.selection.rights.get(address)?.rules ?? []).flatMap(cutsOf);
      const found = compareProfiles(old.profileOf(address), next.profileOf(address), cuts);
      const own = found.filter(({ range }) => range.family === familyOf(address));
      return merge(own.map((change) => describe(change, { address, old, next, judge })));
    });
    return changes.length === 0 ? [] : [{ pod, changes }];
  });
  const alike = Map.groupBy(changed, ({ pod, changes }) => JSON.stringify([pod.metadata.namespace, changes]));
  return [...alike.values()]
    .flatMap((group): PodChange[] => {
      const [first] = group;
      if (first === undefined) return [];
      const names = group.map(({ pod }) => pod.metadata.name).toSorted(compareText);
      return [{ namespace: first.pod.metadata.namespace ?? '', pods: names, changes: first.changes }];
    })
    .toSorted((a, b) => compareText(a.namespace, b.namespace) || compareText(a.pods[0] ?? '', b.pods[0] ?? ''));
}

const familyOf = (address: string): Family => (address.includes(':') ? 6 : 4);

interface Side {
  readonly selection: Selection;
  readonly placements: readonly EgressPlacement[];
  profileOf(address: string): PlanProfile | undefined;
}

function select(snapshot: Snapshot, pods: readonly Pod[]): Side {
  const selection = selectPods(snapshot, pods);
  const profiles = new Map(selection.plan.profiles.map((profile) => [profile.name, profile]));
  const byAddress = new Map(selection.plan.pods.map(({ address, profile }) => [address, profiles.get(profile)]));
  return { selection, placements: snapshot.placements, profileOf: (address) => byAddress.get(address) };
}

interface Sides {
  readonly address: string;
  readonly old: Side;
  readonly next: Side;
  readonly judge: ReturnType<typeof flowJudge>;
}

interface Described {
  readonly range: Range;
  readonly flow: Omit<FlowChange, 'destinations'>;
}

function describe(change: ProfileChange, sides: Sides): Described {
  const { range, ports, except, before, after } = change;
  const family = familyOf(sides.address);
  const flow = {
    ...(ports === undefined ? {} : { ports: describePorts(ports) }),
    ...(except === undefined ? {} : { except: except.map(describePorts) }),
    before: describeVerdict(before, family, sides.old.placements),
    after: describeVerdict(after, family, sides.next.placements),
    established: established(change, sides),
  };
  return { range, flow };
}

/** Changes that differ in their destinations alone are one. */
function merge(described: readonly Described[]): readonly FlowChange[] {
  const alike = Map.groupBy(described, ({ flow }) => JSON.stringify(flow));
  return [...alike.values()].flatMap((group): FlowChange[] => {
    const [first] = group;
    if (first === undefined) return [];
    return [{ destinations: normalise(group.map(({ range }) => range)).map(formatRange), ...first.flow }];
  });
}

// A rule that decides nothing may still be what lets an established connection go on.
function cutsOf({ destinations = everywhere, ports = [] }: GatewayRule): readonly Cut[] {
  const own = ports.map(({ protocol = 'TCP', port, endPort }): Ports => {
    return { protocol, port: port ?? 0, endPort: endPort ?? port ?? 65_535 };
  });
  return destinations
    .flatMap(({ cidr, except = [] }) => [cidr, ...except])
    .flatMap((text) => {
      const range = parseRange(text);
      return range === undefined ? [] : [{ range, ports: own }];
    });
}

function describePorts({ protocol, port, endPort }: Ports): string {
  if (port === 0 && endPort === 65_535) return protocol;
  return `${protocol} ${port === endPort ? port : `${port}-${endPort}`}`;
}

function describeVerdict(verdict: Verdict | undefined, family: Family, placements: readonly EgressPlacement[]): string {
  if (verdict === undefined) return 'left alone';
  if (verdict.kind !== 'identity') return verdict.kind === 'isolated' ? 'dropped (isolated)' : 'dropped';
  for (const { spec } of placements) {
    const identity = spec.identities.find(({ id }) => id === verdict.id);
    if (identity !== undefined)
      return `${addressOf(identity, family) ?? 'no address'} by ${spec.gateway.namespace}/${spec.gateway.name}`;
  }
  return 'dropped';
}

const numbers = { TCP: 6, UDP: 17, SCTP: 132 } as const;

// One flow stands for all of the piece: no rule begins or ends inside of it.
function established({ range, ports, before }: ProfileChange, sides: Sides): FlowChange['established'] {
  if (before !== undefined && before.kind !== 'identity') return 'none';
  const verdict = sides.judge({
    source: sides.address,
    destination: formatIp({ family: range.family, value: range.from }),
    protocol: numbers[ports?.protocol ?? 'TCP'],
    port: ports?.port ?? unlikelyPort,
    id: before?.id ?? 0,
  });
  return verdict === 'keep' ? 'stay' : 'end';
}

// A change without ports is about all that rules with ports do not name.
const unlikelyPort = 0;
