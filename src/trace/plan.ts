import { clusterSettings } from '../compile/cluster-defaults.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import type { Explanation } from '../explain/explain.ts';
import type { Question } from '../explain/question.ts';
import { formatIp, parseIp } from '../net/ip.ts';
import { parseTransit, transitAddress } from '../net/transit.ts';
import type { TracedFlow } from './model.ts';

/** What is looked for, and where. */
export interface TracePlan {
  /** The Pod's. */
  readonly node: string;
  /** That owns the addresses of the Gateway by which the packet is to leave. */
  readonly owner?: string;
  /** By node: where both are one, it looks for both. */
  readonly flows: ReadonlyMap<string, readonly TracedFlow[]>;
}

type Planned = { readonly ok: true; readonly value: TracePlan } | { readonly ok: false; readonly message: string };

/** Pure: on which nodes to look for which packets, or why nothing can be followed. */
export function planTrace(snapshot: Snapshot, question: Question, explanation: Explanation): Planned {
  const { pod, destination, protocol, port } = question;
  const { nodeName: node, hostNetwork } = pod.spec;
  const refuse = (why: string): Planned => ({ ok: false, message: `--trace: ${explanation.pod} ${why}` });
  if (hostNetwork === true) return refuse("is on its node's own network: its packets cannot be told from the node's");
  if (node === undefined) return refuse('is on no node yet');
  const source = pod.status.podIPs.find((address) => parseIp(address)?.family === destination.family);
  if (source === undefined)
    return refuse(`has no IPv${destination.family} address, and sends nothing to ${formatIp(destination)}`);
  const wanted = { destination: formatIp(destination), protocol, ...(port === undefined ? {} : { port }) };
  const flows = new Map<string, readonly TracedFlow[]>([[node, [{ hop: 'pod', source, ...wanted }]]]);
  const owner = explanation.gateway?.owner;
  const transit = transitOf(snapshot, { node, explanation, family: destination.family });
  if (owner === undefined || transit === undefined) return { ok: true, value: { node, flows } };
  flows.set(owner, [...(flows.get(owner) ?? []), { hop: 'gateway', source: transit, ...wanted }]);
  return { ok: true, value: { node, owner, flows } };
}

/** The source that the Pod's node gives to what it sends to the Gateway. */
function transitOf(
  snapshot: Snapshot,
  { node, explanation, family }: { readonly node: string; readonly explanation: Explanation; readonly family: 4 | 6 },
): string | undefined {
  const ranges = clusterSettings(snapshot.cluster?.spec ?? {}).transit;
  const transit = parseTransit(ranges.ipv4, ranges.ipv6);
  const index = snapshot.egressNodes.find(({ metadata }) => metadata.name === node)?.spec.index;
  const group = snapshot.placements.find(
    ({ spec: { gateway } }) => `${gateway.namespace}/${gateway.name}` === explanation.gateway?.gateway,
  )?.spec.group;
  if (transit === undefined || index === undefined || group === undefined) return undefined;
  return transitAddress(transit, family, { group, index });
}

/** Pure: "namespace/name" of the Gateway that an identity (a mark) belongs to. */
export function gatewayOf({ placements }: Pick<Snapshot, 'placements'>, identity: number): string | undefined {
  const found = placements.find(({ spec }) => spec.identities.some(({ id }) => id === identity))?.spec.gateway;
  return found === undefined ? undefined : `${found.namespace}/${found.name}`;
}
