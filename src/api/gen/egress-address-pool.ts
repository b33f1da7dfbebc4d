// Made from config/crd/egressaddresspools.yaml by hack/update-types.sh; a test fails when the two differ.
import type { Condition, LabelSelector } from '../meta.ts';

/** Which addresses, and who may take them. */
export interface EgressAddressPoolSpec {
  /** The network of the EgressClass that the addresses are in. Default: default. */
  readonly network?: string;
  /** Addresses of both families: single ones, CIDRs and ranges. 1 to 64 entries. */
  readonly addresses: readonly string[];
  /**
   * Addresses that are never given out by themselves nor on request, in the same forms: routers, servers. At most 64
   * entries.
   */
  readonly avoid?: readonly string[];
  /**
   * Labels of the namespaces whose Gateways may take addresses here. Absent: every namespace. An empty selector matches
   * everything. (metav1.LabelSelector; its two parts are ANDed.)
   */
  readonly namespaceSelector?: LabelSelector;
  /**
   * Whether a Gateway that asks for no address in particular may get one from here. Off: only Gateways that name the
   * pool or the address. Default: true.
   */
  readonly autoAssign?: boolean;
}

/** Counted by the controller. */
export interface EgressAddressPoolStatus {
  /** How many addresses the pool can give out in all, both families together. Stops at 2^53 - 1. */
  readonly total?: number;
  /** How many of them Gateways hold, those in quarantine included. Stops at 2^53 - 1. */
  readonly used?: number;
  /** How many are left. Stops at 2^53 - 1. */
  readonly free?: number;
  /** Who has them, ascending, the first 256: EgressAddressClaims show all. */
  readonly usedBy?: readonly {
    /** The address in canonical form (RFC 5952). */
    readonly address: string;
    /** The Gateway's namespace. */
    readonly namespace: string;
    /** The Gateway's name. */
    readonly name: string;
    /** Set when the Gateway gave the address up and some node may still have it: rests until then at most. RFC 3339. */
    readonly quarantinedUntil?: string;
  }[];
  /** Accepted: every entry can be used; its message names the one that cannot. At most 8. */
  readonly conditions?: readonly Condition[];
}
