import type { NodePlan } from '../../compile/node-plan.ts';
import { parseCidr } from '../../net/cidr.ts';
import { canonicalIp } from '../../net/ip.ts';
import type { FlowSelector } from '../conntrack/model.ts';
import { groupMark, marksOf } from '../desired/names.ts';
import { hopQuestion } from '../vrrp/next-hops.ts';
import { pairsOf } from './pair.ts';

/** What the failover process must know of a group whose flows it replicates. */
export interface Replica {
  /** 1..14 */
  readonly group: number;
  /** Who holds it owns the group: the tunnel address, canonical. */
  readonly address: string;
  /** Name of the group's next hop (`vrrp/next-hops.ts`); absent, from an agent of before: it depends on every next hop. */
  readonly hop?: string;
  /** The group's flows of the gateway hop: those with its mark and an original source in one of these CIDRs. */
  readonly flows: GroupFlows;
}

export interface GroupFlows {
  readonly mark: number;
  readonly mask: number;
  readonly sources: readonly string[];
}

/** The replicas of a node that is candidate of some group with a peer. */
export function replicasOf(plan: NodePlan, underlayDevice: string): readonly Replica[] {
  return pairsOf(plan).flatMap(({ group }) => {
    const planned = plan.groups.find((each) => each.group === group);
    const hop = planned && hopQuestion(planned, underlayDevice)?.name;
    if (planned?.tunnel === undefined || hop === undefined) return [];
    return [{ group, address: planned.tunnel, hop, flows: groupFlows(plan, group) }];
  });
}

/** The gateway hop's flows of a group. */
export function groupFlows({ marks, transit }: NodePlan, group: number): GroupFlows {
  const { group: mask } = marksOf(marks.mask);
  return { mark: groupMark(marksOf(marks.mask), group), mask, sources: [transit.ipv4, transit.ipv6] };
}

/** What `conntrack` must be told to mean these flows. */
export function selectorsOf({ mark, mask, sources }: GroupFlows): readonly FlowSelector[] {
  return sources.map((source) => ({
    kind: 'marked-source',
    family: source.includes(':') ? 6 : 4,
    mark,
    mask,
    source,
  }));
}

/** Text of `replicas.json` for the failover process; equal for equal replicas. */
export function renderReplicas(replicas: readonly Replica[]): string {
  return `${JSON.stringify(replicas.toSorted((a, b) => a.group - b.group))}\n`;
}

/** Parses `replicas.json`; throws SyntaxError on anything else. */
export function parseReplicas(text: string): readonly Replica[] {
  const json: unknown = JSON.parse(text);
  if (!Array.isArray(json)) throw new SyntaxError('replicas.json: expected a list; the agent writes it anew');
  return json.map((entry: unknown, index) => {
    const replica = replicaOf(entry);
    if (replica === undefined)
      throw new SyntaxError(`replicas.json: [${index}] is no replica; the agent writes it anew`);
    return replica;
  });
}

function replicaOf(entry: unknown): Replica | undefined {
  const group = field(entry, 'group');
  const address = canonicalIp(String(field(entry, 'address')));
  const flows = field(entry, 'flows');
  const [mark, mask] = [field(flows, 'mark'), field(flows, 'mask')];
  const sources = field(flows, 'sources');
  const hop = field(entry, 'hop');
  if (!isWhole(group, 1, 14) || address === undefined) return undefined;
  if (hop !== undefined && typeof hop !== 'string') return undefined;
  // A mark or mask of 0 would mean flows that are not ours.
  if (!isWhole(mark, 1, 0xffff_ffff) || !isWhole(mask, 1, 0xffff_ffff) || !Array.isArray(sources)) return undefined;
  const cidrs = sources.filter((source: unknown) => typeof source === 'string' && parseCidr(source) !== undefined);
  if (cidrs.length === 0 || cidrs.length < sources.length) return undefined;
  const known = hop === undefined ? {} : { hop };
  return { group, address, ...known, flows: { mark, mask, sources: cidrs.map(String) } };
}

function isWhole(value: unknown, from: number, to: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
