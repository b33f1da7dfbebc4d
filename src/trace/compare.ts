import { counters } from '../dataplane/desired/names.ts';
import type { Explanation } from '../explain/explain.ts';
import type { Hop } from './model.ts';
import { isOver, type Pair } from './pair.ts';
import { type Ending, isTunnel, type SeenRule, type Sight } from './sight.ts';

/** What one node did with the packet. */
export interface HopReport {
  readonly hop: Hop;
  readonly node: string;
  /** One sentence for people. */
  readonly told: string;
  readonly ending: Ending['kind'] | 'not seen';
  /** The Gateway that its tables meant. */
  readonly gateway?: string;
  /** The device and the source with which the packet left. */
  readonly device?: string;
  readonly source?: string;
  readonly mark?: number;
  /** What dropped it. */
  readonly droppedBy?: SeenRule;
  /** Every rule that it met. */
  readonly rules: readonly SeenRule[];
}

/** A packet held against what was foretold of it; plain data. */
export interface TraceReport {
  /** "10.244.1.3:40112 → 198.51.100.10:443" */
  readonly packet: string;
  readonly hops: readonly HopReport[];
  readonly asPredicted: boolean;
  /** What is otherwise, one sentence each; empty: nothing. */
  readonly differences: readonly string[];
}

/** What was looked for where, and how the nodes' numbers are to be read. */
export interface TraceContext {
  readonly node: string;
  readonly owner?: string;
  /** "namespace/name" of the Gateway of an identity. */
  gatewayOf(identity: number): string | undefined;
}

/** Pure: what the nodes did with a packet, and where that differs from the prediction. */
export function compareTrace(explanation: Explanation, pair: Pair, context: TraceContext): TraceReport {
  const { pod, gateway } = pair;
  const hops = [reportHop('pod', context.node, { sight: pod, context })];
  if (gateway !== undefined || (!isOver(pair) && context.owner !== undefined))
    hops.push(reportHop('gateway', context.owner ?? '', { sight: gateway, context }));
  const differences = [...(explanation.outcome === 'leaves' ? unlikeLeaving : unlikeOther)(explanation, hops)];
  return { packet: namePacket(pod), hops, asPredicted: differences.length === 0, differences };
}

function namePacket({ first: { source = '', sourcePort, destination = '', destinationPort } }: Sight): string {
  const end = (address: string, port: number | undefined) =>
    port === undefined ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`;
  return `${end(source, sourcePort)} → ${end(destination, destinationPort)}`;
}

interface Seen {
  readonly sight: Sight | undefined;
  readonly context: TraceContext;
}

function reportHop(hop: Hop, node: string, { sight, context }: Seen): HopReport {
  if (sight === undefined) {
    const told = 'no packet of this flow came out of the tunnel here';
    return { hop, node, told, ending: 'not seen', rules: [] };
  }
  const { ending, identity, mark, rules } = sight;
  const gateway = identity === undefined ? undefined : (context.gatewayOf(identity) ?? `identity ${identity}`);
  return {
    ...{ hop, node, told: `${tellComing(hop, sight)}${tellEnding(ending, gateway)}`, ending: ending.kind },
    ...(gateway === undefined ? {} : { gateway }),
    ...(ending.kind === 'left' ? { device: ending.device, source: ending.source } : {}),
    ...(mark === undefined ? {} : { mark }),
    ...(ending.kind === 'dropped' ? { droppedBy: ending.by } : {}),
    rules,
  };
}

function tellComing(hop: Hop, { device, first }: Sight): string {
  const from = hop === 'pod' ? 'came from the Pod' : 'came out of the tunnel';
  return `${from} by ${device} as ${first.source ?? 'nobody'}, `;
}

function tellEnding(ending: Ending, gateway: string | undefined): string {
  const through = gateway === undefined ? '' : `was given to Gateway ${gateway}, `;
  switch (ending.kind) {
    case 'left':
      return isTunnel(ending.device)
        ? `${through}went into the tunnel (${ending.device}) as ${ending.source}`
        : `${through}left by ${ending.device} as ${ending.source}`;
    case 'arrived':
      return `${through}ended at the node itself`;
    case 'dropped':
      return `${through}was dropped by ${tellDrop(ending)}`;
    case 'lost':
      return `${through}was last seen in ${ending.after.table} ${ending.after.chain}: what took it shows itself to no nftables hook (a route, rp_filter, iptables-legacy, eBPF)`;
  }
}

const meanings: Readonly<Record<string, string>> = {
  [counters.held]: 'the node waits until it has judged the Pod, or its rules were just changing',
  [counters.refused]: 'its Gateway has no address for it, or does not work',
  [counters.isolated]: 'its namespace is isolated, and no rule takes it',
  [counters.slipped]: 'its flow began before its Gateway took it',
  [counters.unknownFlow]: 'it goes to an egress address, and belongs to no known flow',
  [counters.spoofedPod]: "it does not come by its address's own device",
  [counters.spoofedOwn]: "its source is one of Sallyport's own",
};

function tellDrop({ by, counter }: Extract<Ending, { kind: 'dropped' }>): string {
  const rule = `${by.table} ${by.chain}${by.rule === '' ? '' : ` (${by.rule})`}`;
  const meaning = counter === undefined || !isOwn(by) ? undefined : meanings[counter];
  return meaning === undefined ? rule : `${rule}: ${meaning}`;
}

const isOwn = ({ table }: Pick<SeenRule, 'table'>): boolean => / sallyport$/.test(table);

function* unlikeLeaving({ source, gateway, ...rest }: Explanation, hops: readonly HopReport[]): Generator<string> {
  const [pod, owner] = hops;
  if (pod === undefined) return;
  const foretold = `it was to leave as ${source ?? 'an address of the Gateway'} by Gateway ${gateway?.gateway ?? ''}`;
  if (pod.ending !== 'left') return yield `${foretold}; on ${pod.node} it ${verbOf(pod)}`;
  if (!isTunnel(pod.device ?? ''))
    return yield `${foretold}; it left ${pod.node} by ${pod.device ?? ''} as ${pod.source ?? ''}, and no Gateway took it`;
  const taken = owner?.gateway ?? pod.gateway;
  if (taken !== undefined && taken !== gateway?.gateway) yield `${foretold}; Gateway ${taken} took it`;
  if (owner === undefined)
    return yield `${foretold}; nobody could be asked who owns the Gateway's addresses (${rest.why})`;
  if (owner.ending === 'not seen')
    return yield `${foretold} at node ${owner.node}; it went into the tunnel on ${pod.node} and did not come out there`;
  if (owner.ending !== 'left') return yield `${foretold}; on ${owner.node} it ${verbOf(owner)}`;
  if (owner.source !== source) yield `${foretold}; it left ${owner.node} as ${owner.source ?? ''}`;
}

function* unlikeOther({ outcome, gateway }: Explanation, hops: readonly HopReport[]): Generator<string> {
  const [pod] = hops;
  if (pod === undefined) return;
  const isTaken = pod.ending === 'left' && isTunnel(pod.device ?? '');
  if (outcome === 'dropped') {
    if (pod.droppedBy !== undefined) {
      if (!isOwn(pod.droppedBy)) yield `it was to be dropped by Sallyport; on ${pod.node} it ${verbOf(pod)}`;
      return;
    }
    // Nobody owns the Gateway's addresses: the tunnel leads nowhere.
    if (isTaken && gateway !== undefined && gateway.owner === undefined) return;
    return yield `it was to be dropped; on ${pod.node} it ${verbOf(pod)}`;
  }
  const foretold = outcome === 'inside' ? 'it was to be no egress' : 'it was to be left alone';
  if (isTaken) yield `${foretold}; Gateway ${pod.gateway ?? 'unknown'} took it`;
  else if (pod.ending === 'dropped' || pod.ending === 'lost') yield `${foretold}; on ${pod.node} it ${verbOf(pod)}`;
}

function verbOf({ ending, device, source, droppedBy }: HopReport): string {
  const verbs = {
    left: `left by ${device ?? ''} as ${source ?? ''}`,
    arrived: 'ended at the node itself',
    dropped: droppedBy === undefined ? 'was dropped' : `was dropped by ${droppedBy.table} ${droppedBy.chain}`,
    lost: 'was lost',
    'not seen': 'was not seen',
  };
  return verbs[ending];
}
