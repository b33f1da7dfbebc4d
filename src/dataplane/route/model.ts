/**
 * What we own of a node's links, addresses, routes, rules, neighbours and forwarding entries, desired or observed.
 * Addresses are canonical text (RFC 5952 for IPv6); arrays may come in any order; equal things are equal as values.
 */
export type IpFamily = 4 | 6;

/** The number we write as `proto` of every route and rule, so that ours can be told from others'. */
export const routeProtocol = 84;

export interface RouteState {
  readonly links: readonly Link[];
  readonly addresses: readonly LinkAddress[];
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  readonly neighbours: readonly Neighbour[];
  readonly fdb: readonly FdbEntry[];
}

/** Which of the node's objects are ours; everything else is neither reported nor touched. */
export interface RouteOwnership {
  /** Devices that we create: their addresses, permanent neighbours and forwarding entries are ours, too. */
  readonly devices: readonly string[];
  /** Preferences of our policy rules; 95 is keepalived's. */
  readonly priorities: readonly number[];
}

export type Link = VxlanLink | VethLink | OtherLink;

interface LinkCommon {
  readonly name: string;
  /** Lower case, colons. */
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
}

/** Always `nolearning`; the outer family is that of `local`. Whatever differs but mtu and up needs the device anew. */
export interface VxlanLink extends LinkCommon {
  readonly kind: 'vxlan';
  readonly vni: number;
  readonly port: number;
  readonly local?: string;
}

/** One end of a pair: both ends are listed, each naming the other. */
export interface VethLink extends LinkCommon {
  readonly kind: 'veth';
  readonly peer: string;
}

/** Only observed: a device with a name of ours that we would never have made; it is deleted. */
interface OtherLink extends LinkCommon {
  readonly kind: 'other';
}

export interface LinkAddress {
  readonly device: string;
  /** With prefix length, e.g. `169.254.77.2/32`; not IPv6 link-local /64, which is the kernel's own. */
  readonly address: string;
  /** For IPv6 the kernel reads it off the address; what is wanted here does not count. */
  readonly scope: 'link' | 'global' | 'host';
}

/** A route that carries `routeProtocol`; its identity in the kernel is family, table, destination and metric. */
export interface Route {
  readonly family: IpFamily;
  readonly table: number;
  /** With prefix length; the default route is `0.0.0.0/0` or `::/0`. */
  readonly destination: string;
  readonly kind: 'unicast' | 'local' | 'unreachable' | 'blackhole' | 'prohibit';
  readonly device?: string;
  readonly via?: string;
  readonly onlink?: boolean;
  readonly source?: string;
  /** Absent: the kernel's default (0, IPv6 1024). */
  readonly metric?: number;
}

/** A policy rule at one of our preferences. */
export interface Rule {
  /** Only observed: it also tests or does something that this model has no word for. */
  readonly opaque?: true;
  readonly family: IpFamily;
  readonly priority: number;
  readonly table: number;
  readonly mark?: { readonly value: number; readonly mask: number };
  /** Incoming device. */
  readonly incoming?: string;
  /** With prefix length. */
  readonly from?: string;
  readonly to?: string;
}

/** A permanent neighbour entry on one of our devices. */
export interface Neighbour {
  readonly device: string;
  readonly address: string;
  readonly mac: string;
}

/** Frames to `mac` leave the VXLAN device `device` towards the outer address `destination`. */
export interface FdbEntry {
  readonly device: string;
  readonly mac: string;
  readonly destination: string;
}

/** One ordered batch for one tool: `ip -4`, `ip -6` or `bridge`. */
export interface RouteBatch {
  readonly tool: 'ip4' | 'ip6' | 'bridge';
  readonly lines: readonly string[];
}
