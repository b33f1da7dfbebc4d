/**
 * Our nftables tables as data. `NftTable` is what we want; `ObservedTable` is what `nft -j` showed (parse.ts), where a rule
 * is only the digest in its comment. Everything is canonical text (element.ts), so that equal things are equal strings.
 */
export type NftFamily = 'ip' | 'ip6' | 'inet' | 'bridge' | 'netdev';

/** Data types whose elements element.ts knows how to write, read and compare. */
export type NftKeyType =
  | 'ipv4_addr'
  | 'ipv6_addr'
  | 'ether_addr'
  | 'inet_proto'
  | 'inet_service'
  | 'mark'
  | 'ifname'
  | 'iface_index';

/** What a map may lead to: data, a verdict, or a named counter. */
export type NftValueType = NftKeyType | 'verdict' | 'counter';

/** `interval` allows ranges; `dynamic` sets are filled by packets. */
export type NftSetFlag = 'interval' | 'dynamic' | 'timeout';

export interface NftTable {
  readonly family: NftFamily;
  readonly name: string;
  /** Named counters, sorted. */
  readonly counters: readonly string[];
  readonly sets: readonly NftSet[];
  readonly maps: readonly NftMap[];
  readonly chains: readonly NftChain[];
}

/** Sets and maps of one table share one name space. */
interface NftKeyed {
  readonly name: string;
  /** More than one type is a concatenation. */
  readonly key: readonly NftKeyType[];
  readonly flags: readonly NftSetFlag[];
  /** Seconds until an element added by a packet ends; needs the flag `timeout`. */
  readonly timeout?: number;
  /** Most elements; the kernel's own limit for dynamic sets is 65,535. Of a size the kernel makes a hash that is not resized, and is faster. */
  readonly size?: number;
  /** Whoever fills it does so beside the plans: its elements are never compared nor written. */
  readonly filled?: 'elsewhere';
}

export interface NftSet extends NftKeyed {
  /** Canonical keys (element.ts), e.g. `10.0.0.1`, `10.0.0.0-10.255.255.255`, `10.0.0.1 . tcp . 80-90`, `513`. */
  readonly elements: readonly string[];
}

export interface NftMap extends NftKeyed {
  readonly value: NftValueType;
  /** Canonical key and value; verdicts are `drop`, `accept`, `return`, `goto NAME` and `jump NAME`, counters are names. */
  readonly elements: readonly (readonly [key: string, value: string])[];
}

/** Where a base chain hangs; `devices` only at the netdev hooks (egress needs kernel 5.16). */
export interface NftHook {
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress' | 'egress';
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
  /** Sorted. */
  readonly devices?: readonly string[];
}

export interface NftChain {
  readonly name: string;
  /** Absent: a regular chain, reached by jump or goto. */
  readonly base?: NftHook;
  /** Rule text without comment and without line breaks, in order. */
  readonly rules: readonly string[];
}

export interface ObservedChain {
  readonly name: string;
  readonly base?: NftHook;
  /** One digest (digest.ts) per rule, in order; empty for a rule without our comment. */
  readonly digests: readonly string[];
}

export interface ObservedTable extends Omit<NftTable, 'chains'> {
  readonly chains: readonly ObservedChain[];
  /** The kernel ignores the table, or it holds something this model has no word for: replace it as a whole. */
  readonly foreign?: string;
}

/** One atomic change: the text is the whole input of one `nft -f -`. */
export interface NftTransaction {
  readonly text: string;
  /** One line per change, for logs and `sallyport diff`; element changes are counted, not listed. */
  readonly summary: readonly string[];
}
