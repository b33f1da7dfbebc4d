/**
 * The inner destination MAC that names an identity on the tunnel: 02:eb:00:00:HH:LL for id HHLL (1..65535).
 * Locally administered, unicast (IEEE 802 §8.4); throws RangeError outside.
 */
export function gatewayMac(id: number): string {
  return `02:eb:00:00:${hexOctets(id, 2, 'identity')}`;
}

/** The MAC of a node's tunnel device: 02:ec:00:NN:NN:NN for node index NNNNNN (0..2^24-1); throws RangeError outside. */
export function nodeMac(index: number): string {
  return `02:ec:00:${hexOctets(index, 3, 'node index')}`;
}

function hexOctets(value: number, octets: number, what: string): string {
  if (!Number.isInteger(value) || value < 0 || value >= 256 ** octets) {
    throw new RangeError(`${what} ${value} does not fit into ${octets} octets of a MAC address`);
  }
  const hex = value.toString(16).padStart(octets * 2, '0');
  return (hex.match(/../g) ?? []).join(':');
}
