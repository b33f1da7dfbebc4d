import type { ClusterEgressRouteSpec as ClusterEgressRouteSpecSchema } from './gen/cluster-egress-route.ts';
import type { EgressAddressClaimSpec } from './gen/egress-address-claim.ts';
import type { EgressAddressPoolSpec, EgressAddressPoolStatus } from './gen/egress-address-pool.ts';
import type { EgressClassSpec } from './gen/egress-class.ts';
import type { EgressClusterSpec, EgressClusterStatus } from './gen/egress-cluster.ts';
import type { EgressGatewayParametersSpec } from './gen/egress-gateway-parameters.ts';
import type { EgressNodeSpec, EgressNodeStatus } from './gen/egress-node.ts';
import type { EgressNodeReportStatus } from './gen/egress-node-report.ts';
import type { EgressPlacementSpec, EgressPlacementStatus } from './gen/egress-placement.ts';
import type { EgressRouteSpec as EgressRouteSpecSchema, EgressRouteStatus } from './gen/egress-route.ts';
import type { EgressRuleSetSpec } from './gen/egress-rule-set.ts';
import type { ObjectMeta } from './meta.ts';

// Our kinds as objects. Their fields, limits and defaults are in config/crd; src/api/gen is made from it. A field with a default is
// optional here, because tests, the CLI and objects from before the default may lack it.

export type {
  EgressAddressClaimSpec,
  EgressAddressPoolSpec,
  EgressAddressPoolStatus,
  EgressClassSpec,
  EgressClusterSpec,
  EgressClusterStatus,
  EgressGatewayParametersSpec,
  EgressNodeReportStatus,
  EgressNodeSpec,
  EgressNodeStatus,
  EgressPlacementSpec,
  EgressPlacementStatus,
  EgressRouteStatus,
  EgressRuleSetSpec,
};

/** One element of the list `T`, which may be optional. */
type Item<T> = NonNullable<T> extends readonly (infer I)[] ? I : never;

export type PodStart = NonNullable<EgressClusterSpec['podStart']>;
export type FailoverProfile = NonNullable<NonNullable<EgressClassSpec['failover']>['profile']>;
export type NodeIndexEntry = Item<EgressClusterStatus['nodeIndexes']>;
export type GroupEntry = Item<EgressClusterStatus['groups']>;
export type IdentityEntry = Item<EgressClusterStatus['identities']>;
/** Cluster-scoped singleton named "default" (CEL). Short name ecl. Status subresource. */
export interface EgressCluster {
  readonly metadata: ObjectMeta;
  readonly spec: EgressClusterSpec;
  readonly status?: EgressClusterStatus;
}

export type EgressNetwork = Item<EgressClassSpec['networks']>;
/** Cluster-scoped, GatewayClass.spec.parametersRef. Short name ecs. No status. */
export interface EgressClass {
  readonly metadata: ObjectMeta;
  readonly spec: EgressClassSpec;
}

/** Cluster-scoped. Short name epool. Status subresource. */
export interface EgressAddressPool {
  readonly metadata: ObjectMeta;
  readonly spec: EgressAddressPoolSpec;
  readonly status?: EgressAddressPoolStatus;
}

/** Namespaced, Gateway.spec.infrastructure.parametersRef. Short name egp. No status. */
export interface EgressGatewayParameters {
  readonly metadata: ObjectMeta;
  readonly spec: EgressGatewayParametersSpec;
}

export type GatewayHolder = EgressAddressClaimSpec['holder'];
/** Cluster-scoped, controller only. Name: the canonical address; IPv6 as eight groups of four hex digits joined by "-". Short name eac. */
export interface EgressAddressClaim {
  readonly metadata: ObjectMeta;
  readonly spec: EgressAddressClaimSpec;
}

export type PlacementIdentity = Item<EgressPlacementSpec['identities']>;
export type PlacementCandidate = Item<EgressPlacementSpec['candidates']>;
/** Cluster-scoped, controller only; named by the Gateway's uid. infrastructure labels/annotations land on its metadata. Short name epl. Status subresource. */
export interface EgressPlacement {
  readonly metadata: ObjectMeta;
  readonly spec: EgressPlacementSpec;
  readonly status?: EgressPlacementStatus;
}

/** One match of one rule of one accepted route, with everything precedence needs: what agents watch instead of routes. */
export type CompiledRule = Item<EgressRuleSetSpec['rules']>;
/** Cluster-scoped, controller only; named "<gateway uid>-<shard>". Short name ers. */
export interface EgressRuleSet {
  readonly metadata: ObjectMeta;
  readonly spec: EgressRuleSetSpec;
}

/** Cluster-scoped, controller only; named as the Node. Short name en. */
export interface EgressNode {
  readonly metadata: ObjectMeta;
  readonly spec: EgressNodeSpec;
  readonly status?: EgressNodeStatus;
}

export type ReportedGateway = Item<EgressNodeReportStatus['gateways']>;
export type ReportedGroup = Item<EgressNodeReportStatus['groups']>;
/** Cluster-scoped; named as the Node; written by that node's agent. Status WITHOUT subresource: one server-side apply creates or updates it. Short name enr. */
export interface EgressNodeReport {
  readonly metadata: ObjectMeta;
  readonly status?: EgressNodeReportStatus;
}

export type ParentReference = Item<EgressRouteSpecSchema['parentRefs']>;
export type RouteMatch = Item<Item<EgressRouteSpecSchema['rules']>['matches']>;
export type ClusterRouteMatch = Item<Item<ClusterEgressRouteSpecSchema['rules']>['matches']>;
export type RouteDestination = Item<RouteMatch['destinations']>;
export type RoutePort = Item<RouteMatch['ports']>;
/** A rule of either kind of route: `M` is what a match looks like there. */
export interface RouteRule<M = RouteMatch> extends Omit<Item<EgressRouteSpecSchema['rules']>, 'matches'> {
  readonly matches?: readonly M[];
}
/** The spec of either kind of route: `M` is what a match looks like there. */
export interface EgressRouteSpec<M = RouteMatch> extends Omit<EgressRouteSpecSchema, 'rules'> {
  readonly rules: readonly RouteRule<M>[];
}
export type RouteParentStatus = Item<EgressRouteStatus['parents']>;
export type SourceAddress = Item<EgressRouteStatus['sourceAddresses']>;
/** Namespaced. Short name er. Status subresource. */
export interface EgressRoute {
  readonly metadata: ObjectMeta;
  readonly spec: EgressRouteSpec;
  readonly status?: EgressRouteStatus;
}
/** Cluster-scoped; parentRefs need a namespace (CEL). Short name cer. Status subresource. */
export interface ClusterEgressRoute {
  readonly metadata: ObjectMeta;
  readonly spec: EgressRouteSpec<ClusterRouteMatch>;
  readonly status?: EgressRouteStatus;
}
