import type { GatewayStatusAddress, ListenerStatus } from '../api/gateway.ts';
import type {
  EgressAddressClaimSpec,
  EgressAddressPoolStatus,
  EgressClusterStatus,
  EgressNodeSpec,
  EgressNodeStatus,
  EgressPlacementSpec,
  EgressPlacementStatus,
  EgressRuleSetSpec,
  RouteParentStatus,
  SourceAddress,
} from '../api/kinds.ts';
import type { Condition, ObjectRef } from '../api/meta.ts';
import type { ReasonCode } from '../api/reasons.ts';

/** Status of a GatewayClass of ours; `finalizer` is whether `gatewayClassFinalizer` belongs on it. */
export interface ClassPlan {
  readonly name: string;
  readonly conditions: readonly Condition[];
  readonly supportedFeatures: readonly { readonly name: string }[];
  readonly finalizer: 'present' | 'absent';
}

/** Status of a Gateway of ours: only our own condition types, for server-side apply. */
export interface GatewayPlan {
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly status: {
    readonly addresses: readonly GatewayStatusAddress[];
    readonly conditions: readonly Condition[];
    readonly listeners: readonly ListenerStatus[];
  };
}

/** Status of a route: `parents` are ours only; entries of other controllers must stay as they are. */
export interface RoutePlan {
  readonly kind: 'EgressRoute' | 'ClusterEgressRoute';
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly parents: readonly RouteParentStatus[];
  readonly sourceAddresses: readonly SourceAddress[];
  /** Present only when no parent of ours was found. */
  readonly conditions?: readonly Condition[];
}

/** Desired EgressPlacement, named by the Gateway's uid; labels and annotations are those of its infrastructure. */
export interface PlacementPlan {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: EgressPlacementSpec;
  readonly status: EgressPlacementStatus;
}

export interface RuleSetPlan {
  readonly name: string;
  readonly spec: EgressRuleSetSpec;
}

export interface EgressNodePlan {
  readonly name: string;
  readonly spec: EgressNodeSpec;
}

/** Status of an EgressNode that exists: one of which nothing is to be said and nothing is said is not listed. */
export interface NodeStatusPlan {
  readonly name: string;
  readonly status: Required<EgressNodeStatus>;
}

/** `update` and `remove` hold only for this resourceVersion (somebody else may have claimed meanwhile); `before` is what it says. */
export interface ClaimChanges {
  readonly create: readonly { readonly name: string; readonly spec: EgressAddressClaimSpec }[];
  readonly update: readonly {
    readonly name: string;
    readonly resourceVersion: string;
    readonly spec: EgressAddressClaimSpec;
    readonly before: EgressAddressClaimSpec;
  }[];
  readonly remove: readonly {
    readonly name: string;
    readonly resourceVersion: string;
    readonly before: EgressAddressClaimSpec;
  }[];
}

export interface PlannedEvent {
  readonly regarding: ObjectRef & { readonly uid: string };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
}

/** What was decided about which object and why, for `explain` and the log. */
export interface Diagnostic {
  readonly at: ObjectRef;
  readonly code: ReasonCode;
  readonly message: string;
}

/**
 * The meaning of a Snapshot. Lists of desired objects (`placements`, `ruleSets`, `nodes`) are complete: what exists and is
 * not listed is to be removed, after what is new was written. Sorted by name: equal snapshots give equal JSON.
 */
export interface EgressPlan {
  readonly classes: readonly ClassPlan[];
  readonly gateways: readonly GatewayPlan[];
  readonly routes: readonly RoutePlan[];
  readonly placements: readonly PlacementPlan[];
  readonly ruleSets: readonly RuleSetPlan[];
  readonly nodes: readonly EgressNodePlan[];
  readonly nodeStatuses: readonly NodeStatusPlan[];
  readonly claims: ClaimChanges;
  /** Desired status of EgressCluster/default, to be written by compare-and-swap on `resourceVersion`. */
  readonly cluster?: { readonly resourceVersion: string; readonly status: EgressClusterStatus };
  readonly pools: readonly { readonly name: string; readonly status: EgressAddressPoolStatus }[];
  readonly events: readonly PlannedEvent[];
  readonly diagnostics: readonly Diagnostic[];
  /** Milliseconds: the earliest time at which time alone changes the result. */
  readonly recheckAt?: number;
}
