// Made from config/crd/clusteregressroutes.yaml by hack/update-types.sh; a test fails when the two differ.
import type { Condition, LabelSelector } from '../meta.ts';

/** What the route's author wants. */
export interface ClusterEgressRouteSpec {
  /**
   * The Gateways whose addresses the selected Pods take, as in every route of Gateway API (GEP-724). The first one in
   * the list that accepts the route is used; it stays in use while it is not Programmed, and traffic is dropped
   * meanwhile. Several references to one Gateway must all name different listeners. At most 32.
   */
  readonly parentRefs?: readonly {
    /** The parent's API group. Default: gateway.networking.k8s.io. */
    readonly group?: string;
    /**
     * The parent's kind. Sallyport knows Gateway; a reference to any other kind is left to whoever implements it.
     * Default: Gateway.
     */
    readonly kind?: string;
    /** The parent's namespace. Required: this kind has no namespace of its own. */
    readonly namespace?: string;
    /** The parent's name. */
    readonly name: string;
    /**
     * Name of the one listener to attach to. Absent: every listener that allows this kind of route, or those on port.
     */
    readonly sectionName?: string;
    /**
     * Port number of the listeners to attach to. For an egress listener the port only tells listeners apart: nothing
     * listens there. With sectionName, both must fit. 1 to 65535.
     */
    readonly port?: number;
  }[];
  /**
   * Which Pods and destinations the route is for. Where several rules or routes match one packet, an EgressRoute comes
   * before a ClusterEgressRoute, then the longest destination prefix, then the one with ports, then the one with
   * podSelector or serviceAccounts, then the oldest route, then its namespace and name. 1 to 16.
   */
  readonly rules: readonly {
    /** Name of the rule, unique in the route; conditions and sallyport explain use it. */
    readonly name?: string;
    /**
     * What the rule matches, ORed. Absent or empty: every Pod of every namespace that is not excluded and every
     * destination outside the cluster. At most 8.
     */
    readonly matches?: readonly {
      /**
       * Labels of the namespaces whose Pods match. Absent: every namespace but those that the EgressClass excludes
       * (kube-system by default). An empty selector matches everything. (metav1.LabelSelector; its two parts are
       * ANDed.)
       */
      readonly namespaceSelector?: LabelSelector;
      /**
       * Labels of the Pods that match. Absent: every Pod. Pods on the host's network never match. An empty selector
       * matches everything. (metav1.LabelSelector; its two parts are ANDed.)
       */
      readonly podSelector?: LabelSelector;
      /**
       * Names of ServiceAccounts of the Pod's namespace, ORed: a Pod matches when spec.serviceAccountName is one of
       * them. 1 to 16.
       */
      readonly serviceAccounts?: readonly string[];
      /**
       * Destinations, ORed. Absent: every destination outside the cluster. The cluster's own ranges never match, even
       * under 0.0.0.0/0. 1 to 64.
       */
      readonly destinations?: readonly {
        /**
         * Range of destination addresses of one family in canonical form, for example 203.0.113.0/24. Among all routes
         * that match a packet the longest prefix wins.
         */
        readonly cidr?: string;
        /** Ranges inside cidr that do not match; another rule or route may match them. At most 8. */
        readonly except?: readonly string[];
        /**
         * A DNS name in lower case, or *. and a name for all names below it (RFC 4592). It stands for the addresses
         * that the Pod's own DNS answers gave. Not implemented yet: a route with it is answered with reason
         * UnsupportedValue.
         */
        readonly hostname?: string;
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
  }[];
}

/** What the controllers answered. Written by controllers only. */
export interface ClusterEgressRouteStatus {
  /**
   * One entry for each parent that a controller has an answer for (RouteStatus of Gateway API). A parent that does not
   * exist or is not an egress Gateway has none. The list is replaced as a whole: a controller keeps the entries of
   * others and writes with a resourceVersion. At most 32.
   */
  readonly parents: readonly {
    /** The entry of spec.parentRefs that this answers. */
    readonly parentRef: {
      /** The parent's API group. Default: gateway.networking.k8s.io. */
      readonly group?: string;
      /**
       * The parent's kind. Sallyport knows Gateway; a reference to any other kind is left to whoever implements it.
       * Default: Gateway.
       */
      readonly kind?: string;
      /**
       * The parent's namespace. Absent: the route's own. The Gateway's listener decides by allowedRoutes whether routes
       * of other namespaces may attach.
       */
      readonly namespace?: string;
      /** The parent's name. */
      readonly name: string;
      /**
       * Name of the one listener to attach to. Absent: every listener that allows this kind of route, or those on port.
       */
      readonly sectionName?: string;
      /**
       * Port number of the listeners to attach to. For an egress listener the port only tells listeners apart: nothing
       * listens there. With sectionName, both must fit. 1 to 65535.
       */
      readonly port?: number;
    };
    /** Name of the controller that wrote this entry, the controllerName of its GatewayClass: a domain and a path. */
    readonly controllerName: string;
    /**
     * Accepted: the Gateway takes the route. ResolvedRefs: what it refers to exists. Programmed: the owner and every
     * node with a selected Pod have applied this generation. sallyport.dev/Shadowed: another route wins over a part of
     * it. At most 8.
     */
    readonly conditions: readonly Condition[];
  }[];
  /**
   * The addresses that the outside sees as the source of the selected traffic, by parent: what belongs into a partner's
   * firewall. At most 128.
   */
  readonly sourceAddresses?: readonly {
    /** Name of the controller that wrote this entry, the controllerName of its GatewayClass: a domain and a path. */
    readonly controllerName: string;
    /** The parent that has the address. */
    readonly parentRef: {
      /** The parent's API group. Default: gateway.networking.k8s.io. */
      readonly group?: string;
      /**
       * The parent's kind. Sallyport knows Gateway; a reference to any other kind is left to whoever implements it.
       * Default: Gateway.
       */
      readonly kind?: string;
      /**
       * The parent's namespace. Absent: the route's own. The Gateway's listener decides by allowedRoutes whether routes
       * of other namespaces may attach.
       */
      readonly namespace?: string;
      /** The parent's name. */
      readonly name: string;
      /**
       * Name of the one listener to attach to. Absent: every listener that allows this kind of route, or those on port.
       */
      readonly sectionName?: string;
      /**
       * Port number of the listeners to attach to. For an egress listener the port only tells listeners apart: nothing
       * listens there. With sectionName, both must fit. 1 to 65535.
       */
      readonly port?: number;
    };
    /** Type of the address, as in Gateway API. */
    readonly type: 'IPAddress';
    /** The address. */
    readonly value: string;
  }[];
  /** Set only when no parent is an egress Gateway of ours: Accepted is False with reason NoParent. At most 8. */
  readonly conditions?: readonly Condition[];
}
