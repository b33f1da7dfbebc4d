import type { NodePlan, PlanGroup } from '../compile/node-plan.ts';
import { tellProblem } from '../dataplane/bgp/judge-sessions.ts';
import type { BgpSession } from '../dataplane/bgp/parse-protocols.ts';
import { hopQuestion } from '../dataplane/vrrp/next-hops.ts';
import type { NodeLink } from './node-addresses.ts';

type Groups = Pick<NodePlan, 'groups'>;

/** What is known of the networks of this node. */
export interface NetworkState {
  readonly underlayDevice: string | undefined;
  readonly links: readonly NodeLink[];
  /** Why sub-interfaces could not be made, by device. */
  readonly vlanProblems: ReadonlyMap<string, string>;
  /** Names of dead next hops. */
  readonly dead: readonly string[];
  /** With BGP peers, as far as they are known; default: none. */
  readonly sessions?: readonly BgpSession[];
}

/** Pure: why this node cannot own groups for which it is a candidate, by group: their network is not here, or leads nowhere. */
export function networkProblems(plan: Groups, state: NetworkState): ReadonlyMap<number, string> {
  return new Map(
    plan.groups.flatMap((group) => {
      const problem = problemOf(group, state);
      return problem === undefined ? [] : [[group.group, problem] as const];
    }),
  );
}

/** Pure: the plan as keepalived can take it: one interface that does not exist, and it ends with all groups (2.2.7). */
export function withoutAbsent<P extends Groups>(plan: P, links: readonly NodeLink[]): P {
  const isThere = ({ vrrp }: PlanGroup) =>
    vrrp?.networkInterface === undefined || links.some(({ device }) => device === vrrp.networkInterface);
  return plan.groups.every(isThere) ? plan : { ...plan, groups: plan.groups.filter(isThere) };
}

function problemOf(group: PlanGroup, state: NetworkState): string | undefined {
  const { underlayDevice, links, vlanProblems, dead, sessions = [] } = state;
  const device = group.vrrp?.networkInterface;
  if (group.vrrp === undefined || underlayDevice === undefined) return undefined;
  const link = links.find((each) => each.device === device);
  if (device !== undefined && link === undefined)
    return (
      vlanProblems.get(device) ??
      `interface ${device} does not exist on this node: connect it, or leave the node out (nodeSelector of the network in EgressClass)`
    );
  if (link?.carrier === false) return `interface ${device} is down`;
  const hop = hopQuestion(group, underlayDevice);
  if (hop === undefined || !dead.includes(hop.name)) return undefined;
  const { bgp, egressAddresses } = group.vrrp;
  // A session that came up since then is not yet known to keepalived.
  if (bgp !== undefined) return tellProblem(bgp, egressAddresses, sessions) ?? 'BGP sessions are just established';
  const named = hop.addresses.map((address) => `${address} `).join('and ');
  return `the next hop ${named}on ${hop.device} does not answer`;
}
