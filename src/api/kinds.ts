import type { Condition, LabelSelector, ObjectMeta } from './meta.ts';

// CONTRACT while the CRDs are being written: config/crd must generate types equal to these (src/api/gen), then this file
// keeps only the object wrappers.

export type PodStart = 'Hold' | 'Open';
export type FailoverProfile = 'Fast' | 'Default' | 'Wan';

export interface EgressClusterSpec {
  readonly clusterRanges?: { readonly extra?: readonly string[]; readonly detect?: boolean }; // extra ≤64 CIDRs; detect default true
  readonly tunnel?: { readonly port?: number; readonly vni?: number; readonly addresses?: readonly string[] }; // 8479, 4096, absent = Auto
  readonly transit?: { readonly ipv4?: string; readonly ipv6?: string }; // 198.18.0.0/15 (must be /15), fd5a:11:9f::/48 (must be /48)
  readonly marks?: { readonly mask?: number }; // 8191: 13 contiguous bits
  readonly podStart?: PodStart; // Hold
}
export interface NodeIndexEntry { readonly node: string; readonly uid: string; readonly index: number; readonly releasedAt?: string }
export interface GroupEntry { readonly group: number; readonly key: string; readonly releasedAt?: string } // group 1..14; key "<egressclass>/<network>/<profile>/<n>"
export interface IdentityEntry { readonly id: number; readonly holder: string; readonly releasedAt?: string } // id = group*512 + 1..511; holder "<gateway uid>/<slot>"
export interface EgressClusterStatus {
  readonly conditions?: readonly Condition[];
  readonly nodeIndexes?: readonly NodeIndexEntry[]; // list-map by node
  readonly groups?: readonly GroupEntry[]; // list-map by group
  readonly identities?: readonly IdentityEntry[]; // list-map by id
}
/** Cluster-scoped singleton named "default" (CEL). Short name ecl. Status subresource. */
export interface EgressCluster { readonly metadata: ObjectMeta; readonly spec: EgressClusterSpec; readonly status?: EgressClusterStatus }

export interface EgressNetwork {
  readonly name: string;
  readonly interface?: string; // absent: the interface of the node's InternalIP
  readonly vlan?: number; // not built yet: refused by condition
  readonly routes?: 'Main' | 'Table'; // default Main; Table not built yet
  readonly table?: number;
  readonly gateway4?: string;
  readonly gateway6?: string;
  readonly announce?: 'L2' | 'BGP'; // default L2; BGP not built yet
}
export interface EgressClassSpec {
  readonly networks?: readonly EgressNetwork[]; // 1..16 list-map by name; default [{name: default}]
  readonly gatewayNodes?: { readonly nodeSelector?: LabelSelector; readonly maxOwnersPerZone?: number };
  readonly failover?: { readonly profile?: FailoverProfile; readonly candidates?: number; readonly preempt?: boolean }; // Default, 2 (1..8), false
  readonly isolation?: { readonly namespaceSelector: LabelSelector };
  readonly excludedNamespaces?: readonly string[]; // default [kube-system]
}
/** Cluster-scoped, GatewayClass.spec.parametersRef. Short name ecs. No status. */
export interface EgressClass { readonly metadata: ObjectMeta; readonly spec: EgressClassSpec }

export interface EgressAddressPoolSpec {
  readonly network?: string; // default "default"
  readonly addresses: readonly string[]; // 1..64: address, CIDR or "A-B" range of one family
  readonly avoid?: readonly string[]; // the same forms, ≤64
  readonly namespaceSelector?: LabelSelector; // absent: every namespace
  readonly autoAssign?: boolean; // default true
}
export interface EgressAddressPoolStatus { readonly total?: number; readonly used?: number; readonly free?: number; readonly conditions?: readonly Condition[] } // saturate at 2^53-1
/** Cluster-scoped. Short name epool. Status subresource. */
export interface EgressAddressPool { readonly metadata: ObjectMeta; readonly spec: EgressAddressPoolSpec; readonly status?: EgressAddressPoolStatus }

export interface EgressGatewayParametersSpec {
  readonly network?: string;
  readonly failover?: { readonly profile?: FailoverProfile; readonly preempt?: boolean };
}
/** Namespaced, Gateway.spec.infrastructure.parametersRef. Short name egp. No status. */
export interface EgressGatewayParameters { readonly metadata: ObjectMeta; readonly spec: EgressGatewayParametersSpec }

export interface GatewayHolder { readonly uid: string; readonly namespace: string; readonly name: string }
export interface EgressAddressClaimSpec {
  readonly address: string; // canonical text
  readonly holder: GatewayHolder;
  readonly pool?: string;
  readonly since: string;
  readonly quarantinedUntil?: string;
}
/** Cluster-scoped, controller only. Name: the canonical address; IPv6 as eight groups of four hex digits joined by "-". Short name eac. */
export interface EgressAddressClaim { readonly metadata: ObjectMeta; readonly spec: EgressAddressClaimSpec }

export interface PlacementIdentity { readonly id: number; readonly ipv4?: string; readonly ipv6?: string }
export interface PlacementCandidate { readonly node: string; readonly address: string; readonly priority: number } // address: node's InternalIP that speaks VRRP; priority 1..254, highest first
export interface EgressPlacementSpec {
  readonly gateway: { readonly namespace: string; readonly name: string };
  readonly egressClass: string; // EgressClass object's name
  readonly group: number; // 1..14
  readonly tunnelAddress: string; // IPv4 tunnel address of the group
  readonly tunnelAddress6?: string;
  readonly identities: readonly PlacementIdentity[]; // 1..16
  readonly network: { readonly name: string; readonly interface?: string };
  readonly failover: { readonly advertMilliseconds: number; readonly preempt: boolean; readonly virtualRouterId: number }; // 10..10000
  readonly candidates: readonly PlacementCandidate[]; // 0..8
}
export interface EgressPlacementStatus { readonly owner?: string; readonly conditions?: readonly Condition[] }
/** Cluster-scoped, controller only; named by the Gateway's uid. infrastructure labels/annotations land on its metadata. Short name epl. Status subresource. */
export interface EgressPlacement { readonly metadata: ObjectMeta; readonly spec: EgressPlacementSpec; readonly status?: EgressPlacementStatus }

export interface RouteDestination { readonly cidr?: string; readonly except?: readonly string[]; readonly hostname?: string } // exactly one of cidr, hostname; hostname refused for now
export interface RoutePort { readonly protocol?: 'TCP' | 'UDP' | 'SCTP'; readonly port?: number; readonly endPort?: number } // protocol default TCP
/** One match of one rule of one accepted route, with everything precedence needs: what agents watch instead of routes. */
export interface CompiledRule {
  readonly route: { readonly kind: 'EgressRoute' | 'ClusterEgressRoute'; readonly namespace?: string; readonly name: string };
  readonly created: string; // route's creationTimestamp
  readonly rule: number; // index in spec.rules
  readonly match: number; // index in rules[].matches, 0 when absent
  readonly namespaceSelector?: LabelSelector; // ClusterEgressRoute only; absent = every namespace but the excluded
  readonly excludedNamespaces?: readonly string[]; // ClusterEgressRoute only
  readonly podSelector?: LabelSelector;
  readonly serviceAccounts?: readonly string[];
  readonly destinations?: readonly { readonly cidr: string; readonly except?: readonly string[] }[]; // absent = 0.0.0.0/0 and ::/0
  readonly ports?: readonly RoutePort[];
}
export interface EgressRuleSetSpec {
  readonly gateway: GatewayHolder;
  readonly shard: number;
  readonly digest: string; // of the rules (src/compile/digest.ts)
  readonly rules: readonly CompiledRule[]; // ≤500
}
/** Cluster-scoped, controller only; named "<gateway uid>-<shard>". Short name ers. */
export interface EgressRuleSet { readonly metadata: ObjectMeta; readonly spec: EgressRuleSetSpec }

export interface EgressNodeSpec {
  readonly index: number; // 1..8175
  readonly uid: string; // the Node's
  readonly addresses: readonly string[]; // InternalIPs, IPv4 first
  readonly tunnelMAC: string; // 02:ec:00:NN:NN:NN
  readonly zone?: string;
}
/** Cluster-scoped, controller only; named as the Node. Short name en. */
export interface EgressNode { readonly metadata: ObjectMeta; readonly spec: EgressNodeSpec }

export interface ReportedGateway {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly ruleSets: string; // digest over the applied rule sets of the Gateway, '' when this node only holds its address
  readonly placement: number; // generation of the EgressPlacement applied, 0 = none (its traffic is dropped)
  readonly state: 'Applied' | 'Failed';
  readonly message?: string;
}
export interface ReportedGroup { readonly group: number; readonly role: 'Owner' | 'Standby' | 'Fault'; readonly since?: string }
export interface EgressNodeReportStatus {
  readonly gateways?: readonly ReportedGateway[]; // list-map by uid
  readonly groups?: readonly ReportedGroup[]; // list-map by group
  readonly conditions?: readonly Condition[]; // type DataPlaneReady
  readonly version?: string;
}
/** Cluster-scoped; named as the Node; written by that node's agent. Status WITHOUT subresource: one server-side apply creates or updates it. Short name enr. */
export interface EgressNodeReport { readonly metadata: ObjectMeta; readonly status?: EgressNodeReportStatus }

export interface ParentReference {
  readonly group?: string; // default gateway.networking.k8s.io
  readonly kind?: string; // default Gateway
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}
export interface RouteMatch {
  readonly podSelector?: LabelSelector;
  readonly serviceAccounts?: readonly string[]; // ≤16
  readonly destinations?: readonly RouteDestination[]; // 1..64
  readonly ports?: readonly RoutePort[]; // 1..16
}
export interface ClusterRouteMatch extends RouteMatch { readonly namespaceSelector?: LabelSelector }
export interface RouteRule<M = RouteMatch> { readonly name?: string; readonly matches?: readonly M[] }
export interface EgressRouteSpec<M = RouteMatch> {
  readonly parentRefs?: readonly ParentReference[]; // ≤32
  readonly rules: readonly RouteRule<M>[]; // 1..16
}
export interface RouteParentStatus { readonly parentRef: ParentReference; readonly controllerName: string; readonly conditions: readonly Condition[] }
export interface SourceAddress { readonly controllerName: string; readonly parentRef: ParentReference; readonly type: 'IPAddress'; readonly value: string }
export interface EgressRouteStatus {
  readonly parents: readonly RouteParentStatus[]; // atomic, ≤32 (upstream)
  readonly sourceAddresses?: readonly SourceAddress[];
  readonly conditions?: readonly Condition[]; // only when no parent of ours was found: Accepted False/NoParent
}
/** Namespaced. Short name er. Status subresource. */
export interface EgressRoute { readonly metadata: ObjectMeta; readonly spec: EgressRouteSpec; readonly status?: EgressRouteStatus }
/** Cluster-scoped; parentRefs need a namespace (CEL). Short name cer. Status subresource. */
export interface ClusterEgressRoute { readonly metadata: ObjectMeta; readonly spec: EgressRouteSpec<ClusterRouteMatch>; readonly status?: EgressRouteStatus }
