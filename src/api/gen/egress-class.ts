// Made from config/crd/egressclasses.yaml by hack/update-types.sh; a test fails when the two differ.
import type { LabelSelector } from '../meta.ts';

/** Settings of every Gateway of the class. */
export interface EgressClassSpec {
  /**
   * The external networks that the gateway nodes are connected to. A Gateway is in one of them: the one that its
   * EgressGatewayParameters name, else the first one here. 1 to 16. Default: one with the name default.
   */
  readonly networks?: readonly {
    /** Name by which pools and Gateways refer to the network. */
    readonly name: string;
    /**
     * Network interface of the gateway nodes in this network; at most 15 characters, with vlan all of INTERFACE.VLAN. A
     * node without it owns no address there. Absent: the interface that has the node's InternalIP.
     */
    readonly interface?: string;
    /**
     * VLAN number (IEEE 802.1Q): the network is the sub-interface INTERFACE.VLAN, which is made on its nodes where it
     * is missing, and removed again. Needs a kernel with VLAN devices. 1 to 4094.
     */
    readonly vlan?: number;
    /**
     * Where the next hop towards the outside is looked up: in the node's main routing table (Main), in another one that
     * the nodes' administrators keep (Table), or in one that Sallyport makes of the subnets of the interface and
     * gateway4 and gateway6 (Own). With Table and Own nothing leaves by another interface. Default: Main.
     */
    readonly routes?: 'Main' | 'Table' | 'Own';
    /**
     * Number of the routing table; only with routes: Table. Not 0, 253 to 255, and 1000 to 1199, which are the kernel's
     * and Sallyport's. 1 to 4294967295.
     */
    readonly table?: number;
    /** IPv4 next hop towards the outside; only with routes: Own. */
    readonly gateway4?: string;
    /** IPv6 next hop towards the outside; only with routes: Own. */
    readonly gateway6?: string;
    /**
     * Labels of the gateway nodes that are connected to the network; those of gatewayNodes.nodeSelector are needed,
     * too. Absent: all of these. An empty selector matches everything. (metav1.LabelSelector; its two parts are ANDed.)
     */
    readonly nodeSelector?: LabelSelector;
    /**
     * How the network learns where an address is: L2 by gratuitous ARP and neighbour advertisements, BGP by a route to
     * each address that its owner announces to the peers in bgp; then the addresses need not be in a subnet of the
     * network. Default: L2.
     */
    readonly announce?: 'L2' | 'BGP';
    /**
     * BGP sessions (RFC 4271) of every node that may own addresses of the network; only with announce: BGP. IPv4
     * addresses are announced to IPv4 peers, IPv6 addresses to IPv6 peers. Nothing that peers announce is accepted.
     */
    readonly bgp?: {
      /** Number of the nodes' autonomous system. 1 to 4294967295. */
      readonly localASN: number;
      /**
       * Routers that are told; one of each family that the addresses have is enough. Each must be on a link of the
       * nodes and use TCP port 179. At most 8.
       */
      readonly peers: readonly {
        /** Its IPv4 or IPv6 address; not a link-local one. */
        readonly address: string;
        /** Number of its autonomous system. 1 to 4294967295. */
        readonly asn: number;
        /**
         * Whether the session ends when BFD (RFC 5880, one hop, three packets of 100 ms) says that the peer is gone;
         * the peer must do BFD, too. Without, that is noticed after 9 s. Default: false.
         */
        readonly bfd?: boolean;
      }[];
    };
  }[];
  /** Which nodes may own addresses. */
  readonly gatewayNodes?: {
    /**
     * Labels of the nodes that may own addresses. Absent: every node that is ready and schedulable. An empty selector
     * matches everything. (metav1.LabelSelector; its two parts are ANDed.)
     */
    readonly nodeSelector?: LabelSelector;
    /**
     * At most how many failover groups of this class are owned in one zone (label topology.kubernetes.io/zone) while
     * other zones have room: new groups begin there, and one too many moves, as planned moves do, to a candidate there
     * that holds its flows. Absent: no limit. 1 to 14.
     */
    readonly maxOwnersPerZone?: number;
  };
  /** How addresses move when their node fails. */
  readonly failover?: {
    /**
     * How often the owner of the addresses says that it is alive (VRRPv3, RFC 9568): every 10 ms (Fast), 100 ms
     * (Default) or 1 s (Wan). Three missed ones and the standby takes over. Default: Default.
     */
    readonly profile?: 'Fast' | 'Default' | 'Wan';
    /**
     * How many nodes stand ready for each failover group, the owner included. With 1 nothing moves by itself. 1 to 8.
     * Default: 2.
     */
    readonly candidates?: number;
    /**
     * Whether the first candidate takes the addresses back when it has returned and has copies of the established
     * flows. Off saves one more move. Default: false.
     */
    readonly preempt?: boolean;
  };
  /**
   * Namespaces whose Pods reach the outside only through an accepted route: whatever no route matches is dropped.
   * Traffic inside the cluster is not concerned. It holds as soon as the object exists, whatever GatewayClass uses it;
   * of several classes each isolates what it selects.
   */
  readonly isolation?: {
    /**
     * Labels of the isolated namespaces. An empty selector matches everything. Never isolated are the
     * excludedNamespaces of this object, and kube-system. (metav1.LabelSelector; its two parts are ANDed.)
     */
    readonly namespaceSelector: LabelSelector;
  };
  /**
   * Namespaces that a ClusterEgressRoute without namespaceSelector leaves alone, and that isolation never concerns;
   * kube-system is always one of them. At most 64. Default: kube-system.
   */
  readonly excludedNamespaces?: readonly string[];
}
