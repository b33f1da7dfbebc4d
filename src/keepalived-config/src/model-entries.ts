import type { Family } from './address.ts';

/** A line, or a block, that the model does not know, kept as written: parsed and rendered it stays the same. */
export interface UnknownEntry {
  readonly kind: 'unknown';
  /** First word of the line. */
  readonly keyword: string;
  /** The rest of the line in keepalived's own syntax, quotes included; '' for none. */
  readonly rest: string;
  /** Lines of its block; absent: no block. */
  readonly block?: readonly UnknownEntry[];
}

/** A program and its arguments, and the user and group that run it (absent: keepalived's defaults). */
export interface Script {
  readonly command: readonly string[];
  readonly user?: string;
  readonly group?: string;
}

/** A fifo, and who owns it (absent: keepalived's defaults). */
export interface Fifo {
  readonly path: string;
  readonly user?: string;
  readonly group?: string;
}

/** Options this library does not know: everything on the line from the first such option on, as written. */
export interface OtherOptions {
  readonly other?: string;
}

/** A default weight: added to or taken from the priority; 0 or absent means that failure is a fault. */
export interface Weight {
  readonly value: number;
  readonly reverse?: true;
}

/** An interface, script, file, process or BFD instance that is tracked, by its name. */
export interface Track extends OtherOptions {
  readonly name: string;
  /** -253..253; for files and processes -254..254. */
  readonly weight?: number;
  readonly reverse?: true;
  readonly noreverse?: true;
}

/** A router that adverts are sent to; adverts from it outside the limits of TTL (or hop limit) are dropped. */
export interface UnicastPeer extends OtherOptions {
  readonly address: string;
  /** 0..255 */
  readonly minTtl?: number;
  /** 0..255 */
  readonly maxTtl?: number;
}

/** An address that a virtual router adds when it becomes master: options as of `ip address add`. */
export interface VirtualAddress extends OtherOptions {
  /** Address or prefix; without prefix length /32 or /128. */
  readonly address: string;
  readonly broadcast?: string;
  readonly device?: string;
  readonly useVmac?: true;
  readonly scope?: string;
  readonly label?: string;
  readonly peer?: string;
  readonly home?: true;
  readonly noDad?: true;
  readonly mngtmpaddr?: true;
  readonly noprefixroute?: true;
  readonly autojoin?: true;
  readonly noTrack?: true;
  /** Seconds; keepalived takes 0 for IPv6 addresses with /128 unless told otherwise. */
  readonly preferredLifetime?: number | 'forever';
}

/** A route that a virtual router adds when it becomes master: options as of `ip route add`; next hops stay in `other`. */
export interface VirtualRoute extends OtherOptions {
  readonly type?: 'blackhole' | 'unreachable' | 'prohibit' | 'throw';
  /** Address, prefix or `default`. */
  readonly to: string;
  readonly source?: string;
  readonly via?: string;
  readonly device?: string;
  readonly scope?: string;
  readonly table?: number | string;
  readonly protocol?: string;
  readonly metric?: number;
  readonly mtu?: number;
  readonly onlink?: true;
  readonly noTrack?: true;
  /** Written last: keepalived 2.2.7 skips the word after it in rules. */
  readonly family?: Family;
}

/** A firewall mark and the bits of it that count (absent: all). */
export interface FirewallMark {
  readonly value: number;
  readonly mask?: number;
}

/** A routing rule that a virtual router adds when it becomes master: options as of `ip rule add`. */
export interface VirtualRule extends OtherOptions {
  readonly not?: true;
  readonly from?: string;
  readonly to?: string;
  readonly inputInterface?: string;
  readonly outputInterface?: string;
  readonly mark?: FirewallMark;
  /** Number, or a name of rt_tables. */
  readonly table?: number | string;
  /** 0..4294967295; absent: keepalived picks one and warns. */
  readonly priority?: number;
  readonly suppressPrefixLength?: number;
  readonly uidRange?: string;
  readonly ipProtocol?: string;
  readonly sourcePorts?: string;
  readonly destinationPorts?: string;
  readonly goto?: number;
  readonly action?: 'blackhole' | 'unreachable' | 'prohibit' | 'nop';
  readonly l3mdev?: true;
  readonly noTrack?: true;
  /** A rule without addresses is of IPv4 unless it says inet6. */
  readonly family?: Family;
}
