// Made from config/crd/egressclusters.yaml by hack/update-types.sh; a test fails when the two differ.
import type { Condition } from '../meta.ts';

/** Settings of the whole cluster. */
export interface EgressClusterSpec {
  /**
   * The ranges that are inside: traffic to them is never egress and never translated, even where a route says
   * 0.0.0.0/0.
   */
  readonly clusterRanges?: {
    /**
     * CIDRs that count as inside besides the detected ones, for example a Pod network that the nodes' podCIDRs do not
     * tell, or a private network behind a VPN. At most 64.
     */
    readonly extra?: readonly string[];
    /**
     * Whether the node addresses, the nodes' podCIDRs, the ServiceCIDRs, link-local, multicast and loopback count as
     * inside. Switch it off only where they are wrong, and list the right ones in extra. Default: true.
     */
    readonly detect?: boolean;
  };
  /** The VXLAN tunnel (RFC 7348) from a Pod's node to the node that owns its Gateway's addresses. */
  readonly tunnel?: {
    /**
     * Outer UDP port. Firewalls between nodes must let it pass. 8479 stays clear of 4789 and 8472, which CNIs use. 1 to
     * 65535. Default: 8479.
     */
    readonly port?: number;
    /** VXLAN network identifier, 24 bits. 1 to 16777215. Default: 4096. */
    readonly vni?: number;
    /**
     * The family of the tunnel's outer addresses and of VRRP, one for all nodes; what goes through the tunnel may be of
     * either. Nodes without an InternalIP of it send nothing to a Gateway. Absent: that of the tunnel addresses, if
     * there are any; else the one that is in use, and to begin with IPv4 where all nodes have it, IPv6 where they do
     * not but all have that. A change moves all Gateways at once and interrupts their connections. IPv4 or IPv6.
     */
    readonly family?: 'IPv4' | 'IPv6';
    /**
     * Tunnel addresses in the node network, which nothing else uses, all of one family: the first is that of failover
     * group 1, and so on. Absent: taken from the transit range and reached on-link, which needs all nodes on one layer
     * 2 network. 1 to 14.
     */
    readonly addresses?: readonly string[];
  };
  /**
   * The ranges of the transit addresses, to which a Pod's node translates so that the gateway node sees one client per
   * node. Used inside the tunnel only; nothing else in the cluster may use them. Changing them cuts every egress
   * connection once.
   */
  readonly transit?: {
    /**
     * IPv4 transit range, exactly a /15: 16 failover groups of 8192 nodes. 198.18.0.0/15 is the benchmark range of RFC
     * 2544. Default: 198.18.0.0/15.
     */
    readonly ipv4?: string;
    /**
     * IPv6 transit range, exactly a /48. Best a unique local range (RFC 4193) of your own. Default: fd5a:11:9f::/48.
     */
    readonly ipv6?: string;
  };
  /** The bits of the packet mark that belong to Sallyport on every node. */
  readonly marks?: {
    /**
     * 13 neighbouring bits as a number: the upper 4 hold the failover group, the lower 9 the identity in it. Only these
     * bits are ever written. 8191 (0x1fff) stays clear of kube-proxy (0x4000, 0x8000) and Calico (0xffff0000); move it
     * where another program uses low bits, for example Cilium (0x0f00). 8191 to 4294443008. Default: 8191.
     */
    readonly mask?: number;
  };
  /**
   * What a Pod may send outside in the milliseconds before its node's agent has judged its address. Hold drops new
   * connections (a SYN is retried), so that no packet ever leaves with a wrong source. Open lets them pass
   * untranslated. Default: Hold.
   */
  readonly podStart?: 'Hold' | 'Open';
}

/**
 * What the controller has allocated. Written by the controller only, always with a resourceVersion, so that two
 * controllers never give one number twice.
 */
export interface EgressClusterStatus {
  /** Accepted: the settings can be used; its message names the field otherwise. At most 8. */
  readonly conditions?: readonly Condition[];
  /**
   * The ranges that count as inside: the detected ones and those of spec.clusterRanges.extra, as canonical CIDRs.
   * Agents take them from here. At most 40000.
   */
  readonly clusterRanges?: readonly string[];
  /** The number of each node. At most 8175. */
  readonly nodeIndexes?: readonly {
    /** The node's name. */
    readonly node: string;
    /** metadata.uid of the Node: a node that comes back under the same name is another node. */
    readonly uid: string;
    /** The number: lowest bits of the node's transit addresses and of its tunnel MAC address. 1 to 8175. */
    readonly index: number;
    /** When the Node went away; the number rests until no agent holds flows of it any more. RFC 3339. */
    readonly releasedAt?: string;
  }[];
  /** The failover groups in use. At most 14: 0 and 15 are reserved. */
  readonly groups?: readonly {
    /** Number of the group: the upper 4 bits of the mark. 1 to 14. */
    readonly group: number;
    /**
     * What the Gateways of the group have in common: EgressClass, network and failover profile, and a running number,
     * joined by slashes.
     */
    readonly key: string;
    /** When its last Gateway went away; the number rests until no agent holds flows of it any more. RFC 3339. */
    readonly releasedAt?: string;
  }[];
  /**
   * The identities in use. An identity stands for one IPv4 address, one IPv6 address or a pair of both. At most 7154:
   * 511 in each of 14 groups.
   */
  readonly identities?: readonly {
    /** Mark value: 512 times the failover group, plus 1 to 511. 513 to 7679. */
    readonly id: number;
    /** Who holds it: the Gateway's uid, a slash and the running number of its address pair. */
    readonly holder: string;
    /** When it was given up; it rests until no agent holds flows of it any more. RFC 3339. */
    readonly releasedAt?: string;
  }[];
}
