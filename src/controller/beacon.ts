import { beaconAddress, beaconEveryMs, beaconPort } from '../net/beacon.ts';
import type { Clock } from '../platform/clock.ts';
import type { UdpSocket } from '../platform/udp.ts';

export interface BeaconOptions {
  /** Opens a socket that sends from anywhere. */
  open(family: 4 | 6): UdpSocket;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Sends a datagram of each family to nowhere every 5 s, until the signal aborts: the node's agent looks whether it meets the node's rules. */
export async function sendBeacons({ open, clock, signal }: BeaconOptions): Promise<void> {
  const sockets = ([4, 6] as const).map((family) => ({ socket: open(family), address: beaconAddress[family] }));
  while (!signal.aborted) {
    for (const { socket, address } of sockets) socket.send(payload, { address, port: beaconPort });
    await clock.sleep(beaconEveryMs, signal).catch(() => {});
  }
  for (const { socket } of sockets) socket.close();
}

/** For whoever finds one on the wire. */
const payload = new TextEncoder().encode('sallyport.dev/beacon: rules of the node should have dropped this\n');
