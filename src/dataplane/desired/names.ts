/** Names and numbers of our kernel objects (dataplane.md §2). */
export const devices = { tunnel: 'egress0', localIn: 'egl0', localOut: 'egl1' } as const;
export const tables = { main: 254, tunnel: 1000, passing: 1002, network: 1100 } as const;
export const priorities = {
  passingRule: 94,
  networkProbeRule: 96,
  networkRule: 97,
  networkEndRule: 98,
  groupRule: 100,
  replyRule: 32_800,
} as const;
/** Destination MAC that the pod hop's routes carry until the egress hook writes the Gateway's own. */
export const undecidedMac = '02:eb:00:00:00:00';
export const tableName = 'sallyport';
/** Counters that must stay at zero, or that say what was dropped and why (dataplane.md §5). */
export const counters = {
  held: 'held',
  refused: 'refused',
  isolated: 'isolated',
  slipped: 'slipped',
  guardMark: 'guard_mark',
  guardTransit: 'guard_transit',
  guardNetwork: 'guard_network',
  unknownFlow: 'unknown_flow',
  tunnelPort: 'tunnel_port',
  vrrp: 'vrrp_stranger',
  sync: 'sync_stranger',
  bgp: 'bgp_stranger',
  spoofedOwn: 'spoofed_own',
  spoofedPod: 'spoofed_pod',
  injected: 'injected',
} as const;

/** Counters of what a candidate sends out for an identity, and of what comes to its address from outside. */
export const sentCounter = (id: number): string => `sent_${id}`;
export const receivedCounter = (id: number): string => `received_${id}`;
/** Of what comes to egress addresses of groups that this node cannot own. */
export const elsewhereCounter = 'received_elsewhere';
/** Maps of every egress address to such a counter (this name and the family). */
export const receivedMap = 'received';

/** Counter of the beacons that met our rules. */
export const beaconCounter = 'beacon';

/** Sets of addresses (this name and the family) whose sandbox ended a moment ago: the agent fills them beside its plans. */
export const endedSet = 'ended';
/** Sets of addresses of which flows were ended here that the gateway hop may still know: new ones get another source port. */
export const retiredSet = 'retired';
/** Sets of addresses whose links are known, and of these with their links' numbers (docs/design/0013); the agent fills them, too. */
export const boundSet = 'bound';
export const linkSet = 'link';
/** Sets of devices that are no Pod's, by name: all of them, and those by which other nodes are near. */
export const outerSet = 'outer';
export const underlaySet = 'underlay';

/** The 13 mark bits as masks: the whole id, the failover group in its 4 high bits. */
export interface Marks {
  readonly id: number;
  readonly group: number;
  /** Multiplies an id into the mask's place. */
  readonly shift: number;
}

/** The mask of EgressCluster (13 contiguous bits) as its parts. */
export function marksOf(mask: number): Marks {
  const shift = Math.clz32(mask & -mask) ^ 31;
  return { id: mask >>> 0, group: ((0xf << (shift + 9)) & mask) >>> 0, shift };
}

export const markOf = (marks: Marks, id: number): number => (id << marks.shift) >>> 0;
/** Of the tunnel's outer packets to an address that this node may own: no identity has it. */
export const passingMark = (marks: Marks): number => (1 << marks.shift) >>> 0;
/** From a bridge's port to `judge`: the address is bound to another link. No identity has it. */
export const newLinkMark = (marks: Marks): number => (2 << marks.shift) >>> 0;
/** On its way through the tunnel's device, so that the kernel looks up where it goes. No identity and no rule has it. */
export const lookUpMark = (marks: Marks): number => (3 << marks.shift) >>> 0;
/** Of what comes out of the tunnel but belongs to no identity: replies. Group 15 is no failover group. */
export const replyMark = (marks: Marks): number => groupMark(marks, 15);
export const groupMark = (marks: Marks, group: number): number => ((group << 9) << marks.shift) >>> 0;
export const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
