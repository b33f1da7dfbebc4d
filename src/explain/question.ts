import type { ObjectMeta } from '../api/meta.ts';
import type { Pod } from '../api/pod.ts';
import type { Ip } from '../net/ip.ts';

/** ICMP stands for both versions: it has no ports. */
export const protocols = ['TCP', 'UDP', 'SCTP', 'ICMP'] as const;
export type Protocol = (typeof protocols)[number];

/** A packet that a Pod would send, as its node sees it: after destination NAT. */
export interface Question {
  readonly pod: Pod;
  /** The Pod's. */
  readonly namespace: { readonly metadata: ObjectMeta };
  readonly destination: Ip;
  readonly protocol: Protocol;
  /** Of the destination; absent: not told, or a protocol without ports. */
  readonly port?: number;
}

/** "203.0.113.7 TCP 443", "203.0.113.7 ICMP". */
export function describePacket(destination: string, { protocol, port }: Pick<Question, 'protocol' | 'port'>): string {
  return [destination, protocol, ...(port === undefined ? [] : [port])].join(' ');
}
