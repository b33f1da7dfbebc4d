// Made from config/crd/egressnodes.yaml by hack/update-types.sh; a test fails when the two differ.
import type { Condition } from '../meta.ts';

/** Number and addresses of the node. */
export interface EgressNodeSpec {
  /** The node's number in the cluster: lowest bits of its transit addresses. 1 to 8175. */
  readonly index: number;
  /** metadata.uid of the Node. */
  readonly uid: string;
  /** The Node's InternalIP addresses, IPv4 first. 1 to 16. */
  readonly addresses: readonly string[];
  /**
   * The Node's own Pod ranges (Node spec.podCIDRs). With EgressCluster podStart Hold, new connections from an address
   * in them wait until the agent has judged that address. Up to 8.
   */
  readonly podCIDRs?: readonly string[];
  /** MAC address of the node's tunnel device: 02:ec:00 and three bytes of the index. */
  readonly tunnelMAC: string;
  /** Label topology.kubernetes.io/zone of the Node. */
  readonly zone?: string;
}

/** What the controller says of the node. */
export interface EgressNodeStatus {
  /**
   * Drained, only while the Node is cordoned or has a taint of maintenance: whether it owns no egress address any more,
   * or which Gateways are still there. At most 8.
   */
  readonly conditions?: readonly Condition[];
}
