import type { NodePlan, PlanGroup } from '../compile/node-plan.ts';
import { tellProblem, untoldFamilies } from '../dataplane/bgp/judge-sessions.ts';
import { type BgpGroup, bgpPlanOf } from '../dataplane/bgp/model.ts';
import type { BgpSession } from '../dataplane/bgp/parse-protocols.ts';
import { hopQuestion } from '../dataplane/vrrp/next-hops.ts';
import type { FailoverState } from '../dataplane/vrrp/state.ts';
import type { Family } from '../net/ip.ts';
import type { NodeLink } from './node-addresses.ts';

type Groups = Pick<NodePlan, 'groups'>;

/** What is known of the networks of this node: links, and what the failover process says. */
export interface NetworkState extends Pick<FailoverState, 'dead' | 'sessions' | 'silent' | 'trouble'> {
  readonly underlayDevice: string | undefined;
  readonly links: readonly NodeLink[];
  /** Why sub-interfaces could not be made, by device. */
  readonly vlanProblems: ReadonlyMap<string, string>;
  /** Whether the failover process, which runs, speaks BGP; default: it does. */
  readonly announces?: boolean;
}

/** What does not work of a group that this node can own all the same. */
export interface CutOff {
  /** Families of egress addresses of which no router can be told, or whose next hop does not answer; may be empty. */
  readonly families: readonly Family[];
  readonly message: string;
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

/** Pure: by group what does not work here of those that it can own, or does, and why. */
export function cutOffs({ groups }: Groups, state: NetworkState): ReadonlyMap<number, CutOff> {
  return new Map(
    groups.flatMap((group) => {
      const found = problemOf(group, state) === undefined ? cutOffOf(group, state) : undefined;
      return found === undefined ? [] : [[group.group, found] as const];
    }),
  );
}

/** Pure: of the groups whose addresses this node holds those of which BIRD has not told every router yet that it has a session with. */
export function unannounced(
  plan: Pick<NodePlan, 'node' | 'groups'>,
  owned: ReadonlySet<number>,
  sessions: readonly BgpSession[],
): ReadonlySet<number> {
  const spoken = bgpPlanOf(plan)?.groups.filter(({ group }) => owned.has(group)) ?? [];
  const late = sessions.filter(({ address: peer, established, announced }) => {
    const told = spoken.flatMap(({ egress, peers }) => (peers.includes(peer) ? egress : []));
    return established && announced < told.filter((each) => each.includes(':') === peer.includes(':')).length;
  });
  const isLate = ({ peers }: BgpGroup) => late.some(({ address }) => peers.includes(address));
  return new Set(spoken.filter(isLate).map(({ group }) => group));
}

/** Pure: the plan as keepalived can take it: one interface that does not exist, and it ends with all groups (2.2.7). */
export function withoutAbsent<P extends Groups>(plan: P, links: readonly NodeLink[]): P {
  const isThere = ({ vrrp }: PlanGroup) =>
    vrrp?.networkInterface === undefined || links.some(({ device }) => device === vrrp.networkInterface);
  return plan.groups.every(isThere) ? plan : { ...plan, groups: plan.groups.filter(isThere) };
}

function problemOf(group: PlanGroup, state: NetworkState): string | undefined {
  const { underlayDevice, links, vlanProblems, dead, sessions = [], announces = true } = state;
  const device = group.vrrp?.networkInterface;
  if (group.vrrp === undefined || underlayDevice === undefined) return undefined;
  const link = links.find((each) => each.device === device);
  if (device !== undefined && link === undefined)
    return (
      vlanProblems.get(device) ??
      `interface ${device} does not exist on this node: connect it, or leave the node out (nodeSelector of the network in EgressClass)`
    );
  if (link?.carrier === false) return `interface ${device} is down`;
  // keepalived gives a group no verdict of a process that gives none.
  if (group.vrrp.bgp !== undefined && !announces) return noSpeaker;
  const hop = hopQuestion(group, underlayDevice);
  if (hop === undefined || !dead.includes(hop.name)) return undefined;
  const { bgp, egressAddresses } = group.vrrp;
  // A session that came up since then is not yet known to keepalived.
  if (bgp !== undefined) return tellProblem(bgp, egressAddresses, sessions) ?? 'BGP sessions are just established';
  const named = hop.addresses.map((address) => `${address} `).join('and ');
  return `the next hop ${named}on ${hop.device} does not answer`;
}

const noSpeaker =
  'the failover process of this node is of a version without BGP, and announces nothing: drain the node, then delete its Pod of sallyport-failover';

function cutOffOf(group: PlanGroup, { underlayDevice, sessions = [], silent = [], trouble }: NetworkState) {
  const { vrrp } = group;
  if (vrrp === undefined || underlayDevice === undefined) return undefined;
  const { bgp, egressAddresses } = vrrp;
  if (bgp !== undefined) {
    const families = untoldFamilies(bgp, egressAddresses, sessions);
    const problem = families.length === 0 ? undefined : tellProblem(bgp, egressAddresses, sessions);
    const words = [problem, trouble].filter((each) => each !== undefined);
    return words.length === 0 ? undefined : { families, message: words.join('; ') };
  }
  const hop = hopQuestion(group, underlayDevice);
  const addresses = silent.filter((each) => each.hop === hop?.name).map(({ address }) => address);
  if (hop === undefined || addresses.length === 0) return undefined;
  const families = ([4, 6] as const).filter((family) =>
    addresses.some((each) => each.includes(':') === (family === 6)),
  );
  return { families, message: `the next hop ${addresses.join(' and ')} on ${hop.device} does not answer` };
}
