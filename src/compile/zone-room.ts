import { zoneLabel } from '../api/core.ts';
import type { ChosenCandidates, GroupStanding, IndexedNodes } from './candidates.ts';
import type { GatewaySettings } from './judge-gateways.ts';

/** How many failover groups of a class are owned in each zone, as far as it is decided. */
export interface ZoneRoom {
  /** Whether the zone of this node has room for the group: fewer than `most` other groups are owned there. Undefined `most`: no limit. */
  hasRoom(key: string, most: number | undefined, node: string): boolean;
  /** The group is owned by this node, or is about to be. */
  seat(key: string, node: string | undefined): void;
}

/** By class that limits owners per zone: where its groups are owned, or are to begin. */
export function seatGroups(
  nodes: IndexedNodes,
  groups: readonly { readonly key: string; readonly settings: GatewaySettings; readonly standing: GroupStanding }[],
): ReadonlyMap<string, ZoneRoom> {
  const rooms = new Map<string, ZoneRoom>();
  for (const { key, settings, standing } of groups) {
    if (settings.maxOwnersPerZone === undefined) continue;
    const room = rooms.get(settings.egressClass) ?? createZoneRoom(nodes);
    rooms.set(settings.egressClass, room);
    room.seat(key, standing.owner ?? standing.candidates[0]?.node);
  }
  return rooms;
}

/** Where a group counts once this is chosen: while it is handed over, where it goes. */
export function seatedIn({ candidates, isHandover }: ChosenCandidates, owner: string | undefined): string | undefined {
  const heir = candidates.toSorted((a, b) => b.priority - a.priority)[0]?.node;
  return isHandover ? heir : (owner ?? candidates[0]?.node);
}

// A node without the label topology.kubernetes.io/zone is in a zone with all others without.
function createZoneRoom(nodes: IndexedNodes): ZoneRoom {
  const zoneOf = (node: string) => nodes.get(node)?.metadata.labels?.[zoneLabel] ?? '';
  const seats = new Map<string, string>();
  return {
    hasRoom: (key, most, node) => {
      if (most === undefined) return true;
      const zone = zoneOf(node);
      return [...seats].filter(([other, seated]) => other !== key && seated === zone).length < most;
    },
    seat: (key, node) => {
      if (node === undefined) seats.delete(key);
      else seats.set(key, zoneOf(node));
    },
  };
}
