/**
 * What one node must be: the output of `select` (rule sets, placements, own Pods) and the input of every renderer.
 * Canonical: arrays are sorted by their first field, so that equal plans are equal as JSON.
 */
export interface NodePlan {
  readonly node: PlanNode;
  readonly tunnel: { readonly vni: number; readonly port: number };
  readonly transit: { readonly ipv4: string; readonly ipv6: string };
  readonly marks: { readonly mask: number };
  readonly podStart: 'Hold' | 'Open';
  /** The node's own Pod ranges (CIDRs): with `Hold`, addresses in them that are not `judged` wait. */
  readonly podRanges: readonly string[];
  /** CIDRs, both families: destinations that are never egress. */
  readonly clusterRanges: readonly string[];
  /** Every egress address of the cluster, sorted: a Pod's packet to one is never translated (decisions.md 8). */
  readonly egressAddresses: readonly string[];
  /** Every tunnel address of the cluster, sorted. */
  readonly tunnelAddresses: readonly string[];
  /** Sorted: where nodes listen for each other, as far as this one must know: itself and every candidate, on a candidate all nodes. */
  readonly nodeAddresses: readonly string[];
  /** Groups in use here: some profile leads to one of their identities, or this node is a candidate. */
  readonly groups: readonly PlanGroup[];
  /** Those that a profile here leads to, and all of the groups for which this node is a candidate. */
  readonly identities: readonly PlanIdentity[];
  /** All other nodes, on a candidate node only (the gateway hop's way back); empty elsewhere. */
  readonly peers: readonly PlanNode[];
  readonly profiles: readonly PlanProfile[];
  /** Selected local Pods: one entry per address. */
  readonly pods: readonly { readonly address: string; readonly profile: string }[];
  /** Addresses of local Pods that send beacons (`net/beacon.ts`), sorted; absent: there are none. */
  readonly beacons?: readonly string[];
  /** Every local Pod address that was judged, selected or not (podStart Hold). */
  readonly judged: readonly string[];
}

export interface PlanNode {
  readonly name: string;
  /** 1..8175 */
  readonly index: number;
  readonly address4?: string;
  readonly address6?: string;
  /** 02:ec:00:NN:NN:NN */
  readonly mac: string;
}

export interface PlanGroup {
  /** 1..14 */
  readonly group: number;
  /** Outer destination of the tunnel; of one family in the whole cluster. */
  readonly tunnel?: string;
  /** Node addresses of the candidates, best first: who may speak VRRP and answer through the tunnel. */
  readonly candidates: readonly { readonly node: string; readonly address: string; readonly priority: number }[];
  /** Names of the two candidates that replicate its flows; absent: the first two. */
  readonly replication?: readonly string[];
  /** Present when this node is a candidate. */
  readonly vrrp?: {
    readonly virtualRouterId: number;
    readonly priority: number;
    readonly advertMilliseconds: number;
    readonly preempt: boolean;
    /** It does not speak VRRP: the owner may not have heard of it yet, or is about to leave it out. */
    readonly silent?: true;
    /** Interface of the egress addresses, with a VLAN the sub-interface; absent: the underlay's. */
    readonly networkInterface?: string;
    /** The VLAN that the interface is: made where it is missing. */
    readonly vlan?: { readonly parent: string; readonly id: number };
    /** Where the next hop is looked up; absent: in the main table. */
    readonly routes?: NetworkRoutes;
    /** Whom the owner announces the egress addresses to; absent: to nobody by BGP. */
    readonly bgp?: PlanBgp;
    /** Egress addresses of every identity of the group, sorted. */
    readonly egressAddresses: readonly string[];
  };
}

/** BGP sessions of a candidate: peers canonical, sorted by address. */
export interface PlanBgp {
  readonly localAsn: number;
  readonly peers: readonly { readonly address: string; readonly asn: number; readonly bfd: boolean }[];
}

/** A routing table that somebody else keeps, or one of our own with these next hops. */
export type NetworkRoutes =
  | { readonly kind: 'table'; readonly table: number }
  | { readonly kind: 'own'; readonly gateway4?: string; readonly gateway6?: string };

export interface PlanIdentity {
  /** group * 512 + 1..511; also the mark (under the mask) and the low 16 bits of the Gateway MAC. */
  readonly id: number;
  readonly group: number;
  readonly egress4?: string;
  readonly egress6?: string;
}

/** What a flow to a Gateway may do: leave with an identity, or be dropped because the Gateway is not programmed. */
export type GatewayVerdict = { readonly kind: 'identity'; readonly id: number } | { readonly kind: 'drop' };

/** What a flow may do; `isolated`: it is dropped, for no rule matches it and its Pod's namespace is isolated. */
export type Verdict = GatewayVerdict | { readonly kind: 'isolated' };

/** Pods with the same decisions share one profile. */
export interface PlanProfile {
  /** Content digest: equal profiles have equal names. */
  readonly name: string;
  /** Disjoint, sorted, each with the name of its decision; what none covers is left alone. */
  readonly destinations: readonly { readonly from: string; readonly to: string; readonly decision: string }[];
  /** Those of `destinations`, each once. */
  readonly decisions: readonly PlanDecision[];
}

/** What is decided for a destination: by its ports, disjoint and sorted, and for whatever else is sent there. */
export interface PlanDecision {
  /** Content digest: equal decisions have equal names, also those of other profiles. */
  readonly name: string;
  readonly ports: readonly PortDecision[];
  /** Absent: what no port decides is left alone. */
  readonly rest?: Verdict;
}

/** Ports of a protocol, both ends included, and what may be sent there. */
export interface PortDecision {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
  readonly endPort: number;
  readonly verdict: Verdict;
}
