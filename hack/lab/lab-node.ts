import { type IpFamilies, ofFamilies } from './families.ts';
import type { ExternalNetwork } from './fixed-points.ts';

/** A node of the lab: its name is also that of its network namespace. */
export interface LabNode {
  /** From 1. */
  readonly index: number;
  readonly name: string;
  readonly address4: string;
  readonly address6: string;
  readonly podRange4: string;
  readonly podRange6: string;
  readonly families: IpFamilies;
  /** Of its families, IPv4 first: what it has of the above. */
  readonly addresses: readonly string[];
  readonly podRanges: readonly string[];
}

export function labNode(index: number, families: IpFamilies = 'dual'): LabNode {
  const [address4, address6] = [`192.0.2.${10 + index}`, `2001:db8:2::${10 + index}`];
  const [podRange4, podRange6] = [`10.244.${index}.0/24`, `fd00:10:244:${index}::/64`];
  return {
    ...{ index, families, address4, address6, podRange4, podRange6 },
    name: `node-${index}`,
    addresses: ofFamilies(families, address4, address6),
    podRanges: ofFamilies(families, podRange4, podRange6),
  };
}

/** The bridge's port for a node's interface. */
export function portName(network: ExternalNetwork, node: string): string {
  return network.index === 1 ? `p-${node}` : `p${network.index}-${node}`;
}

/** The node's address on one network. */
export function nodeAddresses(
  network: ExternalNetwork,
  index: number,
): { readonly ipv4: string; readonly ipv6: string } {
  return { ipv4: `${network.prefix4}.${10 + index}`, ipv6: `${network.prefix6}:${10 + index}` };
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** The hardware address of a node's interface: fixed, so that an answer on the wire names its node. */
export function nodeMac(network: ExternalNetwork, index: number): string {
  return `0a:01:00:00:${hex(network.index)}:${hex(index)}`;
}

/** The thief's hardware address on a network. */
export function thiefMac(network: ExternalNetwork): string {
  return `0a:04:00:00:${hex(network.index)}:00`;
}

/** The hardware address of a pod's side (`0a:03`) or its node's side (`0a:02`) of the pod's link. */
export function podMac(side: 'node' | 'pod', node: number, pod: number): string {
  return `0a:${side === 'node' ? '02' : '03'}:00:${hex(node)}:${hex(pod >> 8)}:${hex(pod & 255)}`;
}
