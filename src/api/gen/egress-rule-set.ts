// Made from config/crd/egressrulesets.yaml by hack/update-types.sh; a test fails when the two differ.
import type { LabelSelector } from '../meta.ts';

/** A part of the rules of one Gateway. */
export interface EgressRuleSetSpec {
  /** The Gateway. */
  readonly gateway: {
    /** metadata.uid of the Gateway: one that is made again under the same name is another. */
    readonly uid: string;
    /** The Gateway's namespace. */
    readonly namespace: string;
    /** The Gateway's name. */
    readonly name: string;
  };
  /** Running number of this part, from 0. 0 to 9999. */
  readonly shard: number;
  /** Digest of the rules: agents report it, so that the controller knows what is applied. */
  readonly digest: string;
  /** The rules, in order of precedence. At most 500. */
  readonly rules: readonly {
    /** The route that the rule comes from. */
    readonly route: {
      /** Its kind. */
      readonly kind: 'EgressRoute' | 'ClusterEgressRoute';
      /** Its namespace; absent for a ClusterEgressRoute. */
      readonly namespace?: string;
      /** Its name. */
      readonly name: string;
    };
    /** metadata.creationTimestamp of the route. RFC 3339. */
    readonly created: string;
    /** Place of the rule in the route's spec.rules, from 0. 0 to 15. */
    readonly rule: number;
    /** Place of the match in the rule's matches, from 0; 0 also when it has none. 0 to 7. */
    readonly match: number;
    /**
     * Of a ClusterEgressRoute: labels of the namespaces whose Pods match. Absent: every namespace but the excluded
     * ones. An empty selector matches everything. (metav1.LabelSelector; its two parts are ANDed.)
     */
    readonly namespaceSelector?: LabelSelector;
    /** Of a ClusterEgressRoute: kube-system and the namespaces that its EgressClass excludes. At most 65. */
    readonly excludedNamespaces?: readonly string[];
    /**
     * Labels of the Pods that match. Absent: every Pod. An empty selector matches everything. (metav1.LabelSelector;
     * its two parts are ANDed.)
     */
    readonly podSelector?: LabelSelector;
    /**
     * Names of ServiceAccounts of the Pod's namespace, ORed: a Pod matches when spec.serviceAccountName is one of them.
     * 1 to 16.
     */
    readonly serviceAccounts?: readonly string[];
    /** Destinations, ORed. Absent: every destination outside the cluster. 1 to 64. */
    readonly destinations?: readonly {
      /** The range, in canonical form. */
      readonly cidr: string;
      /** Ranges inside cidr that do not match. At most 8. */
      readonly except?: readonly string[];
    }[];
    /** Destination ports, ORed. Absent: every protocol and port. A match with ports never matches ICMP. 1 to 16. */
    readonly ports?: readonly {
      /** Transport protocol. Default: TCP. */
      readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
      /** The port, or the first one of a range. Absent: every port of the protocol. 1 to 65535. */
      readonly port?: number;
      /** The last port of a range that begins with port. 1 to 65535. */
      readonly endPort?: number;
    }[];
  }[];
}
