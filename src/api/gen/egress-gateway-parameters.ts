// Made from config/crd/egressgatewayparameters.yaml by hack/update-types.sh; a test fails when the two differ.

/** What differs from the EgressClass. */
export interface EgressGatewayParametersSpec {
  /** The network of the EgressClass that the Gateway's addresses are in. Absent: the first one of the class. */
  readonly network?: string;
  /** How the Gateway's addresses move when their node fails. */
  readonly failover?: {
    /**
     * As in EgressClass: the owner says every 10 ms (Fast), 100 ms (Default) or 1 s (Wan) that it is alive. Absent: the
     * class's.
     */
    readonly profile?: 'Fast' | 'Default' | 'Wan';
    /**
     * Whether the first candidate takes the addresses back when it has returned and has the flows. Absent: the class's.
     */
    readonly preempt?: boolean;
  };
}
