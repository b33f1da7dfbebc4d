import type { NodePlan, PlanDecision, PlanIdentity, PlanProfile, Verdict } from '../../compile/node-plan.ts';
import { cidrContains, parseCidr } from '../../net/cidr.ts';
import { type Family, parseIp } from '../../net/ip.ts';
import { parseTransit, type Transit, transitAddress, tunnelAddress } from '../../net/transit.ts';

/** The host's ends of the probe's two namespaces: who sends, and who answers what arrives behind the gateway hop. */
export const probeDevices = { sender: 'egp0', reflector: 'egr0' } as const;

/** No failover group has this number: its transit and tunnel addresses are the probe's. */
const probeGroup = 0;
const profileName = 'probe';
const families: readonly Family[] = [4, 6];

/** Where a node's probes come from and where they go to; the latter is the same on all nodes, each has its own reflector. */
export interface ProbeAddresses {
  readonly sender: string;
  readonly reflector: string;
}

/** The probe's addresses of a node, canonical. */
export function probeAddresses(transit: Transit, family: Family, index: number): ProbeAddresses {
  return {
    sender: transitAddress(transit, family, { group: probeGroup, index }),
    reflector: reflectorAddress(transit, family),
  };
}

/** Where reflectors are, canonical: the tunnel address of no group. */
export function reflectorAddress(transit: Transit, family: Family): string {
  return tunnelAddress(transit, family, probeGroup);
}

/** An identity that some Pod's profile leads to, by family: what is to be proved here. */
export interface ProbedIdentity {
  readonly identity: PlanIdentity;
  readonly families: readonly Family[];
}

/** The identities that Pods of this node leave with; a family whose reflector lies in the cluster ranges cannot be probed. */
export function probedIdentities(plan: NodePlan): readonly ProbedIdentity[] {
  const transit = parseTransit(plan.transit.ipv4, plan.transit.ipv6);
  if (transit === undefined) return [];
  const used = new Set(
    plan.profiles
      .flatMap(({ decisions }) => decisions.flatMap(verdictsOf))
      .flatMap((verdict) => (verdict.kind === 'identity' ? [verdict.id] : [])),
  );
  const open = families.filter((family) => !isInside(plan.clusterRanges, reflectorAddress(transit, family)));
  return plan.identities
    .filter(({ id }) => used.has(id))
    .map((identity) => ({
      identity,
      families: open.filter((family) => (family === 4 ? identity.egress4 : identity.egress6) !== undefined),
    }))
    .filter((probed) => probed.families.length > 0);
}

/**
 * The plan with the node's probe as one more Pod: to the reflector's UDP port N it leaves with identity N. So the packets take the
 * very rules, marks and routes of Pods, and nothing is added to what a Pod's packet meets.
 */
export function withProbe(plan: NodePlan): NodePlan {
  const probed = probedIdentities(plan);
  const transit = parseTransit(plan.transit.ipv4, plan.transit.ipv6);
  if (probed.length === 0 || transit === undefined) return plan;
  const reached = families.flatMap((family) => {
    const ports = probed
      .filter((entry) => entry.families.includes(family))
      .map(({ identity: { id } }) => ({
        ...{ protocol: 'UDP' as const, port: id, endPort: id },
        verdict: { kind: 'identity' as const, id },
      }));
    const reflector = reflectorAddress(transit, family);
    // By names of their own: a Gateway more is a port more, and nothing else.
    const decision = { name: `${profileName}${family}`, ports };
    return ports.length === 0 ? [] : [{ from: reflector, to: reflector, decision }];
  });
  const profile: PlanProfile = {
    name: profileName,
    destinations: reached.map(({ decision, ...range }) => ({ ...range, decision: decision.name })),
    decisions: reached.map(({ decision }) => decision),
  };
  const senders = families.map((family) => probeAddresses(transit, family, plan.node.index).sender);
  return {
    ...plan,
    profiles: [...plan.profiles, profile],
    pods: [...plan.pods, ...senders.map((address) => ({ address, profile: profileName }))],
  };
}

function verdictsOf({ ports, rest }: PlanDecision): readonly Verdict[] {
  const verdicts = ports.map(({ verdict }) => verdict);
  return rest === undefined ? verdicts : [...verdicts, rest];
}

function isInside(ranges: readonly string[], address: string): boolean {
  const ip = parseIp(address);
  return (
    ip !== undefined &&
    ranges.some((text) => {
      const range = parseCidr(text);
      return range !== undefined && cidrContains(range, ip);
    })
  );
}
