import { cidrContains, parseCidr } from '../net/cidr.ts';
import { type Ip, parseIp } from '../net/ip.ts';
import { createPrefixTable } from '../net/longest-prefix.ts';
import type { NodePlan } from './node-plan.ts';
import type { GatewayRule } from './select-rules.ts';

/** A local Pod's flow as conntrack knows it: its destination after destination NAT. */
export interface PodFlow {
  /** The Pod's address. */
  readonly source: string;
  readonly destination: string;
  /** IANA protocol number. */
  readonly protocol: number;
  /** Absent for protocols without ports. */
  readonly port?: number;
  /** The identity in its mark, 0 for none. */
  readonly id: number;
}

/** What becomes of a flow: it stays, or its conntrack entry is deleted because of … */
export type FlowVerdict = 'keep' | 'right-lost' | 'left-before-selected';

/** The rules that select a local Pod address, and the identities that its Gateways' placements have. */
export interface PodRights {
  readonly rules: readonly GatewayRule[];
  /** Ids of every identity, by Gateway uid. */
  readonly identities: ReadonlyMap<string, ReadonlySet<number>>;
}

/**
 * Judges flows of local Pods: a marked flow stays while any rule of its Pod still leads to its Gateway for that destination
 * (moving a rule to another Gateway moves new flows only); an unmarked one must go where some rule matches, for it left with
 * another source before its Pod was selected.
 */
export function flowJudge(plan: NodePlan, rights: ReadonlyMap<string, PodRights>): (flow: PodFlow) => FlowVerdict {
  const inside = createPrefixTable(
    [...plan.clusterRanges, ...plan.egressAddresses].flatMap((text) => {
      const cidr = parseCidr(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`);
      return cidr === undefined ? [] : [{ cidr, value: true }];
    }),
  );
  return (flow) => {
    const destination = parseIp(flow.destination);
    if (destination === undefined) return 'keep';
    const own = rights.get(flow.source);
    const matching = (own?.rules ?? []).filter((rule) => matches(rule, { ...flow, destination }));
    if (flow.id !== 0) {
      const isRight = matching.some(({ gatewayUid }) => own?.identities.get(gatewayUid)?.has(flow.id) === true);
      return isRight ? 'keep' : 'right-lost';
    }
    if (inside.lookup(destination) !== undefined) return 'keep';
    return matching.length > 0 ? 'left-before-selected' : 'keep';
  };
}

function matches(rule: GatewayRule, flow: { destination: Ip; protocol: number; port?: number }): boolean {
  return matchesDestination(rule, flow.destination) && matchesPort(rule, flow);
}

function matchesDestination({ destinations }: GatewayRule, ip: Ip): boolean {
  if (destinations === undefined) return true;
  const contains = (text: string) => {
    const cidr = parseCidr(text);
    return cidr !== undefined && cidrContains(cidr, ip);
  };
  return destinations.some(({ cidr, except = [] }) => contains(cidr) && !except.some(contains));
}

function matchesPort({ ports }: GatewayRule, { protocol, port: own }: { protocol: number; port?: number }): boolean {
  if (ports === undefined) return true;
  return ports.some(
    ({ protocol: wanted = 'TCP', port, endPort }) =>
      numbers[wanted] === protocol &&
      own !== undefined &&
      (port === undefined || (port <= own && own <= (endPort ?? port))),
  );
}

const numbers = { TCP: 6, UDP: 17, SCTP: 132 } as const;
