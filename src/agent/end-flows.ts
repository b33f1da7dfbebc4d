import { flowJudge, type PodRights } from '../compile/flow-right.ts';
import type { Selection } from '../compile/select.ts';
import type { Conntrack } from '../dataplane/conntrack/exec.ts';
import type { Flow } from '../dataplane/conntrack/model.ts';
import { planDeletions } from '../dataplane/conntrack/plan.ts';
import { marksOf } from '../dataplane/desired/names.ts';
import { type Cidr, cidrContains, parseCidr } from '../net/cidr.ts';
import { parseIp } from '../net/ip.ts';

/** What came of `endFlows`: how many flows it ended, and the sources of all that it found. */
export interface EndedFlows {
  readonly ended: number;
  readonly sources: ReadonlySet<string>;
}

/**
 * Deletes the conntrack entries of flows that lost their right to leave, or that left before their Pod was selected. To be called once
 * the kernel decides by the new plan, else their next packet would make them anew.
 * `retire` is told of the Pods' addresses before: the gateway hop does not know of the end.
 */
export async function endFlows(
  conntrack: Conntrack,
  selection: Selection,
  retire: (addresses: readonly string[]) => Promise<void> = () => Promise.resolve(),
): Promise<EndedFlows> {
  const flows = await conntrack.list();
  const doomed = doomedFlows(flows, selection);
  const { mask } = selection.plan.marks;
  const sources = new Set(doomed.filter(({ mark }) => (mark & mask) !== 0).map(({ source }) => source));
  if (sources.size > 0) await retire([...sources]);
  const ended = await conntrack.remove(planDeletions(flows, doomed, mask));
  return { ended, sources: new Set(flows.map(({ source }) => source)) };
}

/** Pure: of all flows of the node those to be ended, on the pod hop by their Pod's rules, on the gateway hop by the identities that are left. */
export function doomedFlows(flows: readonly Flow[], { plan, rights }: Selection): readonly Flow[] {
  const marks = marksOf(plan.marks.mask);
  const judge = flowJudge(plan, rights);
  const identities = new Set(plan.identities.map(({ id }) => id));
  const transit = [plan.transit.ipv4, plan.transit.ipv6].flatMap((text) => parseCidr(text) ?? []);
  const isTransit = (address: string): boolean => {
    const ip = parseIp(address);
    return ip !== undefined && transit.some((range) => cidrContains(range, ip));
  };
  return flows.filter((flow) => {
    const id = (flow.mark & marks.id) >>> marks.shift;
    // Before anything is parsed: most flows of a node are neither marked nor of a selected Pod.
    if (id === 0 && !rights.has(flow.source)) return false;
    if (isTransit(flow.source)) return !identities.has(id);
    const port = flow.reply.sourcePort;
    const verdict = judge({
      source: flow.source,
      destination: flow.reply.source,
      protocol: flow.protocol,
      ...(port === undefined ? {} : { port }),
      id,
    });
    return verdict !== 'keep';
  });
}

/** What `doomedFlows` says depends on this of a selection, and of what was found in the kernel before. */
export interface RightsMemory {
  /** By address of a selected Pod, as text. */
  readonly pods: ReadonlyMap<string, string>;
  readonly judged: ReadonlySet<string>;
  /** Sources of flows, as conntrack was asked last, and addresses that Pods left since. */
  readonly used: ReadonlySet<string>;
  /** Ranges in which what is not judged is held. */
  readonly held: readonly Cidr[];
  readonly identities: ReadonlySet<number>;
  /** Of a candidate, who has flows of Pods of other nodes. */
  readonly isCandidate: boolean;
  readonly inside: string;
}

/** What `mayDoom` compares the next selection with, and itself with `before`. */
export function rememberRights({ plan, rights }: Selection, before?: RightsMemory): RightsMemory {
  const judged = new Set(plan.judged);
  const left = [...(before?.judged ?? [])].filter((address) => !judged.has(address));
  return {
    pods: new Map([...rights].map(([address, own]) => [address, keyOf(own)])),
    judged,
    used: left.length === 0 ? (before?.used ?? new Set()) : new Set([...(before?.used ?? []), ...left]),
    held: plan.podStart === 'Hold' ? plan.podRanges.flatMap((text) => parseCidr(text) ?? []) : [],
    identities: new Set(plan.identities.map(({ id }) => id)),
    isCandidate: plan.groups.some(({ vrrp }) => vrrp !== undefined),
    inside: JSON.stringify([plan.clusterRanges, plan.egressAddresses]),
  };
}

/**
 * Whether flows may have lost their right to leave since `before`, whose doomed flows were ended: then, and only then, conntrack is asked.
 * Not for a Pod that starts on an address that was held until now and left no flows: a node's table may hold a million of others'.
 */
export function mayDoom(before: RightsMemory | undefined, now: RightsMemory): boolean {
  if (before === undefined || before.inside !== now.inside) return true;
  const isGone = [...before.identities].some((id) => !now.identities.has(id));
  if (isGone && (before.isCandidate || now.isCandidate)) return true;
  const changed = [...new Set([...before.pods.keys(), ...now.pods.keys()])].filter(
    (address) => before.pods.get(address) !== now.pods.get(address),
  );
  return changed.some((address) => before.judged.has(address) || now.used.has(address) || !isIn(before.held, address));
}

function isIn(ranges: readonly Cidr[], address: string): boolean {
  const ip = parseIp(address);
  return ip !== undefined && ranges.some((range) => cidrContains(range, ip));
}

function keyOf({ rules, identities }: PodRights): string {
  return JSON.stringify(
    rules.map(({ gatewayUid, destinations, ports }) => [[...(identities.get(gatewayUid) ?? [])], destinations, ports]),
  );
}
