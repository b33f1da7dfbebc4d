// Made from config/crd/egressnodereports.yaml by hack/update-types.sh; a test fails when the two differ.
import type { Condition } from '../meta.ts';

/** What is in the kernel of the node. */
export interface EgressNodeReportStatus {
  /**
   * The Gateways that the node has the addresses of, or whose rules are about a namespace that has Pods on it. At most
   * 7154.
   */
  readonly gateways?: readonly {
    /** metadata.uid of the Gateway. */
    readonly uid: string;
    /** The Gateway's namespace. */
    readonly namespace: string;
    /** The Gateway's name. */
    readonly name: string;
    /**
     * Digest over the Gateway's rule sets that are applied; empty where the node has its addresses but no Pod of a
     * namespace that they are about.
     */
    readonly ruleSets: string;
    /**
     * metadata.generation of the EgressPlacement that is applied; 0: none, and the Gateway's traffic is dropped here.
     */
    readonly placement: number;
    /** Applied: the kernel has it. Failed: it has not, message says why. */
    readonly state: 'Applied' | 'Failed';
    /** Why it failed and what to do. */
    readonly message?: string;
    /**
     * What the node's self-probe says of its way through the Gateway; absent where no Pod here uses the Gateway, and
     * until enough bursts agree. Figures are rounded, and small changes are not written.
     */
    readonly probe?: {
      /**
       * Verified: the egress address was seen, at the full packet size. NotCaught: the probe's own address was seen, so
       * no rule of this node met the packets. WrongSource: another address was seen. NoAnswer: nothing came back.
       * PathMtu: small packets came back, those of the full size did not. Loss: too many did not.
       */
      readonly result: 'Verified' | 'NotCaught' | 'WrongSource' | 'NoAnswer' | 'PathMtu' | 'Loss';
      /** The egress address that the result is about; of several the worst. RFC 5952. */
      readonly address: string;
      /** The node that answered, its first 63 characters. */
      readonly node?: string;
      /** For NotCaught and WrongSource, the address that was seen instead. */
      readonly source?: string;
      /** Bytes of the largest IP packet that came through there and back. */
      readonly mtu?: number;
      /** For Loss, how much was lost, in steps of 10. */
      readonly lossPercent?: number;
      /** Round trip, rounded up to 1, 2, 5, 10, 20, 50, and so on. */
      readonly roundTripMilliseconds?: number;
    };
  }[];
  /**
   * The namespaces that have Pods on the node, those on its own network left out: where it has a say about whether a
   * route is Programmed. At most 1024.
   */
  readonly namespaces?: readonly string[];
  /** The failover groups that the node is a candidate of. At most 14. */
  readonly groups?: readonly {
    /** Number of the failover group. 1 to 14. */
    readonly group: number;
    /** Owner: it holds the addresses. Standby: it is ready to take them. Fault: it is not. */
    readonly role: 'Owner' | 'Standby' | 'Fault';
    /** Since when. RFC 3339. */
    readonly since?: string;
    /** Hardware address of the node in the group's network: who answers for the addresses while the node owns them. */
    readonly mac?: string;
    /** Where the node knows it, why it cannot own the group, or what does not work here of one that it can own. */
    readonly message?: string;
    /**
     * The families of egress addresses that lead nowhere from here, while the other family does not: no router can be
     * told of them by BGP, or their next hop does not answer; message says why. Never in Fault.
     */
    readonly cutOff?: readonly ('IPv4' | 'IPv6')[];
    /**
     * Whether a standby holds copies of the group's established flows: Synced: of all. Syncing: not of all yet. None,
     * also on an owner: its conntrackd does not run, so that it neither gets nor sends any. Absent otherwise, and where
     * the node has no part in their replication.
     */
    readonly flows?: 'Synced' | 'Syncing' | 'None';
    /**
     * On a standby: the hardware address that alone answered for the egress addresses when it asked on the wire (ARP,
     * neighbour discovery), those in answers excepted.
     */
    readonly answeredBy?: string;
    /** On a standby: the egress addresses for which nobody, somebody else or several answered. At most 64. */
    readonly answers?: readonly {
      /** The address in canonical form (RFC 5952). */
      readonly address: string;
      /** The hardware addresses that answered. Empty for nobody; at most 8. */
      readonly macs: readonly string[];
    }[];
    /**
     * The egress addresses that the node does not claim, because another host answered for them when it asked on the
     * wire before claiming them for the first time. At most 64.
     */
    readonly withheld?: readonly {
      /** The address in canonical form (RFC 5952). */
      readonly address: string;
      /** The hardware addresses that answered last. At most 8. */
      readonly macs: readonly string[];
    }[];
  }[];
  /**
   * DataPlaneReady: devices, routes, rules and sysctls are as they must be. PodsCaught, only while it is False: the CNI
   * carries Pods' packets past netfilter, and no rule holds for them. PodLinksBound, only where it is False: the kernel
   * lacks what tells Pods on a bridge apart. NewFlowsTaken, only while it is False: packets of new flows are dropped,
   * for a full connection tracking table or for want of a free source port. DestinationsFit, only while it is False:
   * the rules of a Pod name more ranges of destinations than a node programs, and it sends nothing. At most 8.
   */
  readonly conditions?: readonly Condition[];
  /** Version of the agent. */
  readonly version?: string;
}
