// Made from config/crd/egressplacements.yaml by hack/update-types.sh; a test fails when the two differ.
import type { Condition } from '../meta.ts';

/** The decision that agents carry out. */
export interface EgressPlacementSpec {
  /** The Gateway. */
  readonly gateway: {
    /** The Gateway's namespace. */
    readonly namespace: string;
    /** The Gateway's name. */
    readonly name: string;
  };
  /** Name of the EgressClass of its GatewayClass. */
  readonly egressClass: string;
  /** The failover group: all its Gateways move together. 1 to 14. */
  readonly group: number;
  /**
   * Tunnel address of the failover group: outer destination of the tunnel, held by the owner; of the family in which
   * all nodes tunnel.
   */
  readonly tunnelAddress: string;
  /** The Gateway's address pairs and their mark values; each Pod keeps to one. 1 to 16. */
  readonly identities: readonly {
    /** Mark value: 512 times the failover group, plus 1 to 511. 513 to 7679. */
    readonly id: number;
    /** IPv4 egress address. */
    readonly ipv4?: string;
    /** IPv6 egress address. */
    readonly ipv6?: string;
  }[];
  /** The external network of the addresses. */
  readonly network: {
    /** Its name in the EgressClass. */
    readonly name: string;
    /** Interface of the candidates in it. Absent: the one that has the node's InternalIP. */
    readonly interface?: string;
    /** VLAN on the interface: the network is INTERFACE.VLAN. 1 to 4094. */
    readonly vlan?: number;
    /** Routing table for what leaves by the network. Absent: see gateway4. 1 to 4294967295. */
    readonly table?: number;
    /**
     * IPv4 next hop for what leaves by the network, in a table of its own. Absent, and gateway6 and table, too: by the
     * main table.
     */
    readonly gateway4?: string;
    /** The same for IPv6. */
    readonly gateway6?: string;
    /** Routers that the owner announces the addresses to by BGP. Absent: to none. */
    readonly bgp?: {
      /** Number of the nodes' autonomous system. 1 to 4294967295. */
      readonly localASN: number;
      /** The routers. At most 8. */
      readonly peers: readonly {
        /** Its address in canonical form (RFC 5952). */
        readonly address: string;
        /** Number of its autonomous system. 1 to 4294967295. */
        readonly asn: number;
        /** Whether BFD watches the session. */
        readonly bfd?: boolean;
      }[];
    };
  };
  /** Settings of the group's VRRP instance (RFC 9568). */
  readonly failover: {
    /**
     * Interval of the owner's advertisements in milliseconds, in steps of 10 (VRRPv3 counts centiseconds). 10 to 10000.
     */
    readonly advertMilliseconds: number;
    /** Whether a candidate of higher priority takes over from a living owner. */
    readonly preempt: boolean;
    /** VRRP virtual router identifier, unique among the groups of one network. 1 to 255. */
    readonly virtualRouterId: number;
  };
  /** Between which candidates established flows are replicated. Absent: the first two. */
  readonly replication?: {
    /** The two candidates, by name. Exactly 2. */
    readonly nodes: readonly string[];
  };
  /**
   * Nodes that may own the addresses, highest priority first; but an owner that is about to leave stays first until the
   * candidate of highest priority has taken over. Empty: no node is fit, traffic is dropped. At most 8.
   */
  readonly candidates: readonly {
    /** The node's name. */
    readonly node: string;
    /** The node's InternalIP that speaks VRRP, of the tunnel's family. */
    readonly address: string;
    /** VRRP priority; the highest becomes the owner. 1 to 254. */
    readonly priority: number;
    /**
     * Is to stand by, but does not speak VRRP before the owner has applied a placement that names it: until then it
     * would hear no adverts, and take over.
     */
    readonly joining?: boolean;
    /**
     * Is to stand by no more, and does not speak VRRP. Listed until it has applied this: left out by the owner before,
     * it would hear no adverts, and take over.
     */
    readonly leaving?: boolean;
  }[];
}

/** What the controller reads from the nodes' reports. */
export interface EgressPlacementStatus {
  /** The node that holds the addresses now. */
  readonly owner?: string;
  /**
   * The addresses that some owner has held for this placement: candidates take these over without asking first whether
   * another host has them. At most 256.
   */
  readonly addresses?: readonly string[];
  /** Programmed, sallyport.dev/Degraded and sallyport.dev/AddressConflict, as on the Gateway. At most 8. */
  readonly conditions?: readonly Condition[];
}
