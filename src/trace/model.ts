import type { Protocol } from '../explain/question.ts';

/** Where a packet is followed: on its Pod's node, and on the node that owns its Gateway's addresses. */
export type Hop = 'pod' | 'gateway';

/** Packets of one flow, or few, as a node can tell them. */
export interface TracedFlow {
  readonly hop: Hop;
  /** The Pod's address, or the transit address of its node. */
  readonly source: string;
  /** After destination NAT, or before: either is looked for. */
  readonly destination: string;
  readonly protocol: Protocol;
  /** Of the destination; absent: any, or a protocol without ports. */
  readonly port?: number;
}

/** Of a packet what tells it from others, and what nodes make of it; never its contents. */
export interface PacketHeader {
  readonly iif?: string;
  readonly oif?: string;
  readonly source?: string;
  readonly destination?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Identifier of an ICMP echo. */
  readonly echo?: number;
  /** What stays the same from hop to hop and differs from packet to packet: length, IPv4's id, TCP's flags, ICMP's sequence. */
  readonly print: string;
}

interface At {
  /** As the kernel calls the packet for a moment; another packet may have it next. */
  readonly id: string;
  /** "inet sallyport" */
  readonly table: string;
  readonly chain: string;
}

/** One line of `nft monitor trace`. `packet` begins a hook's chain; a verdict is `accept`, `drop`, `continue`, `goto x`, … */
export type TraceEvent =
  | (At & { readonly kind: 'packet'; readonly header: PacketHeader })
  | (At & { readonly kind: 'rule'; readonly rule: string; readonly verdict: string })
  | (At & { readonly kind: 'policy'; readonly verdict: string; readonly mark?: number });
