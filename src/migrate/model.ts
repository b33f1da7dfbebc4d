import type { EgressNetwork, RoutePort } from '../api/kinds.ts';
import type { LabelSelector } from '../api/meta.ts';
import type { Cidr } from '../net/cidr.ts';
import type { Ip } from '../net/ip.ts';
import type { Range } from '../net/range.ts';
import type { Problem } from './read-documents.ts';

/** The systems whose manifests can be translated, as `--from` names them. */
export const peers = ['cilium', 'antrea', 'spidernet', 'ovn', 'kube-vip'] as const;
export type Peer = (typeof peers)[number];

/** What the source does not say, and the command line does. */
export interface TranslateOptions {
  readonly from: Peer;
  /** Of Gateways whose routes are of no single namespace, and of manifests without one. */
  readonly namespace: string;
  /** The GatewayClass of Gateways for which the source names neither nodes nor an interface. */
  readonly gatewayClass: string;
  /** The gateway nodes' interface where the source leaves it to the nodes, and our API does not. */
  readonly interface: string;
}

/** An object of the source, for messages. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/**
 * What the reader has to know beside the manifests: `lost` was in the source and is not in them, `differs` is there and does something
 * else, `check` is for somebody to look at or to do, `ignored` was never meant to be translated.
 */
export type Effect = 'lost' | 'differs' | 'check' | 'ignored';

export interface Note {
  readonly effect: Effect;
  readonly origin: Origin;
  /** One sentence without a full stop; begins with the field's path where there is one. */
  readonly message: string;
}

/** Pods: the fields are ANDed, absent ones do not restrict. In a cluster-scoped policy namespaceSelector is always set. */
export interface PodMatch {
  readonly namespaceSelector?: LabelSelector;
  readonly podSelector?: LabelSelector;
  readonly serviceAccounts?: readonly string[];
}

/** Addresses of `cidr` that are in none of `except`, which lie inside it, at most 8. */
export interface Destination {
  readonly cidr: Cidr;
  readonly except: readonly Cidr[];
}

/** An address that a Gateway shall have: this one, or any of a pool. */
export type AddressWish =
  | { readonly kind: 'fixed'; readonly ip: Ip }
  | { readonly kind: 'pool'; readonly pool: string };

/** What only a class can say: nodes and networks. */
export interface ClassWish {
  readonly nodeSelector?: LabelSelector;
  readonly network?: EgressNetwork;
}

/** The Gateway that a policy needs. Those with one `key` are one Gateway; a key of fixed addresses is made by `sharedByAddress`. */
export interface GatewayWish {
  readonly key: string;
  /** What its name is made of, unless it has fixed addresses. */
  readonly name: string;
  /** None: any address of any pool that gives addresses by itself. */
  readonly addresses: readonly AddressWish[];
  readonly classWish?: ClassWish;
  readonly notes: readonly Note[];
}

/** One policy of the source in our terms. */
export interface Intent {
  readonly origin: Origin;
  /** Set: Pods of this namespace only, an EgressRoute; absent: a ClusterEgressRoute. */
  readonly namespace?: string;
  /** ORed, at least one. */
  readonly pods: readonly PodMatch[];
  /** ORed; absent: everything outside. */
  readonly destinations?: readonly Destination[];
  readonly ports?: readonly RoutePort[];
  /** Whether the source leaves packets alone that are of a family of which the Gateway has no address; ours would drop them. */
  readonly leavesOtherFamily: boolean;
  readonly gateway: GatewayWish;
  readonly notes: readonly Note[];
}

/** Addresses of a pool; `text` is how our pool has them, `range` what may be given out of it. */
export interface PoolRange {
  readonly range: Range;
  readonly text: string;
}

/** A pool of the source. */
export interface PoolWish {
  readonly origin: Origin;
  readonly name: string;
  readonly addresses: readonly PoolRange[];
  readonly classWish?: ClassWish;
  readonly notes: readonly Note[];
}

/** Everything that a peer's manifests say, before our limits on sizes and names. */
export interface Draft {
  readonly intents: readonly Intent[];
  readonly pools: readonly PoolWish[];
  /** Of objects from which nothing was made. */
  readonly notes: readonly Note[];
  readonly problems: readonly Problem[];
}

/** A manifest of ours, as it is applied. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: object;
}

export interface NotedManifest {
  readonly manifest: Manifest;
  /** What it was made of. */
  readonly origins: readonly Origin[];
  readonly notes: readonly Note[];
}

export interface Translation {
  /** In the order in which they are best applied. */
  readonly manifests: readonly NotedManifest[];
  /** Notes on what became nothing. */
  readonly notes: readonly Note[];
  readonly problems: readonly Problem[];
}
