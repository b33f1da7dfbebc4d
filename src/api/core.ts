import type { ObjectMeta } from './meta.ts';

/** core/v1 Taint, as far as planning reads it. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

/** core/v1 NodeAddress: `type` is InternalIP, ExternalIP, Hostname, … */
export interface NodeAddress {
  readonly type: string;
  readonly address: string;
}

/** core/v1 Node, projected at the door: `status.ready` is whether its condition Ready is True. */
export interface Node {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly podCIDRs?: readonly string[];
    readonly unschedulable?: boolean;
    readonly taints?: readonly Taint[];
  };
  readonly status: { readonly addresses?: readonly NodeAddress[]; readonly ready: boolean };
}

/** core/v1 Namespace: labels and deletionTimestamp are in its metadata. */
export interface Namespace {
  readonly metadata: ObjectMeta;
}

/** networking.k8s.io/v1 ServiceCIDR (Kubernetes 1.33, v1beta1 in 1.31). */
export interface ServiceCIDR {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly cidrs?: readonly string[] };
}

/** The label by which a Node says its zone (well-known labels of Kubernetes). */
export const zoneLabel = 'topology.kubernetes.io/zone';
