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
     * Network interface of the gateway nodes in this network; at most 15 characters. Absent: the interface that has the
     * node's InternalIP.
     */
    readonly interface?: string;
    /**
     * VLAN number on the interface (IEEE 802.1Q). Not implemented yet: the GatewayClass is answered with reason
     * InvalidParameters. 1 to 4094.
     */
    readonly vlan?: number;
    /**
     * Where the next hop towards the outside is looked up: in the node's main routing table, or in one of its own.
     * Table is not implemented yet. Default: Main.
     */
    readonly routes?: 'Main' | 'Table';
    /** Number of the routing table; only with routes: Table. 1 to 4294967295. */
    readonly table?: number;
    /** IPv4 next hop towards the outside. Absent: from the routes. */
    readonly gateway4?: string;
    /** IPv6 next hop towards the outside. Absent: from the routes. */
    readonly gateway6?: string;
    /**
     * How the network learns where an address is: L2 by gratuitous ARP and neighbour advertisements, BGP by routes. BGP
     * is not implemented yet. Default: L2.
     */
    readonly announce?: 'L2' | 'BGP';
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
     * other zones have room. Absent: no limit. 1 to 14.
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
     * Whether the first candidate takes the addresses back when it returns. Off saves one more move. Default: false.
     */
    readonly preempt?: boolean;
  };
  /**
   * Namespaces whose Pods reach the outside only through an accepted route; whatever no route matches is dropped there.
   * Pods inside the cluster are not concerned.
   */
  readonly isolation?: {
    /**
     * Labels of the isolated namespaces. An empty selector matches everything. (metav1.LabelSelector; its two parts are
     * ANDed.)
     */
    readonly namespaceSelector: LabelSelector;
  };
  /** Namespaces that a ClusterEgressRoute without namespaceSelector leaves alone. At most 64. Default: kube-system. */
  readonly excludedNamespaces?: readonly string[];
}
