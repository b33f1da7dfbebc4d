import type { Family } from './ip.ts';

/**
 * Where a Pod sends what its own node's rules must catch. Nobody has these addresses, and no router carries packets to them any further:
 * IPv4's dummy address (RFC 7600 §5.4) and a discard-only one (RFC 6666), at the discard port (RFC 863).
 */
export const beaconAddress: Readonly<Record<Family, string>> = { 4: '192.0.0.8', 6: '100::8' };
export const beaconPort = 9;
/** From one beacon to the next, ms. */
export const beaconEveryMs = 5_000;
