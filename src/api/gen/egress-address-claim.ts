// Made from config/crd/egressaddressclaims.yaml by hack/update-types.sh; a test fails when the two differ.

/** The address and its holder. */
export interface EgressAddressClaimSpec {
  /** The address in canonical form (RFC 5952). */
  readonly address: string;
  /** The Gateway that holds the address, or held it last. */
  readonly holder: {
    /** metadata.uid of the Gateway: one that is made again under the same name is another. */
    readonly uid: string;
    /** The Gateway's namespace. */
    readonly namespace: string;
    /** The Gateway's name. */
    readonly name: string;
  };
  /** The EgressAddressPool that it came from. */
  readonly pool?: string;
  /** Since when the holder has it. RFC 3339. */
  readonly since: string;
  /**
   * Set when the holder gave the address up. Others get it once no node has it any more, 10 s later at the earliest,
   * and then in any case; until then a Gateway made again under the holder's name gets it back. RFC 3339.
   */
  readonly quarantinedUntil?: string;
}
