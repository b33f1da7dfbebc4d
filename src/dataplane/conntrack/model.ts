/** One direction of a flow; addresses canonical, ports for protocols that have them. */
export interface FlowTuple {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

/** One entry of the kernel's connection tracking. */
export interface Flow extends FlowTuple {
  readonly family: 4 | 6;
  /** IANA protocol number. */
  readonly protocol: number;
  readonly icmp?: { readonly type: number; readonly code: number; readonly id: number };
  readonly reply: FlowTuple;
  readonly mark: number;
  /** TCP state; absent for protocols without. */
  readonly state?: string;
  readonly assured: boolean;
  /** Whether a packet came back. */
  readonly replied: boolean;
  /** Seconds until it is forgotten if nothing comes; absent for offloaded flows. */
  readonly timeout?: number;
}

/** Which flows one command means: all that fit every field. */
export type FlowSelector =
  | { readonly kind: 'mark'; readonly family: 4 | 6; readonly mark: number; readonly mask: number }
  /** By mark (0 too) and original source, an address or a CIDR: the gateway hop's flows of one failover group, whose pod hop carries the same mark. */
  | {
      readonly kind: 'marked-source';
      readonly family: 4 | 6;
      readonly mark: number;
      readonly mask: number;
      readonly source: string;
    }
  | { readonly kind: 'source'; readonly family: 4 | 6; readonly source: string }
  | { readonly kind: 'pair'; readonly family: 4 | 6; readonly source: string; readonly destination: string }
  | { readonly kind: 'exact'; readonly flow: Flow };
