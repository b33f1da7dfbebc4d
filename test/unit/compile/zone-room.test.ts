import { describe, expect, test } from 'vitest';
import type { GroupStanding } from '../../../src/compile/candidates.ts';
import type { GatewaySettings } from '../../../src/compile/judge-gateways.ts';
import { seatedIn, seatGroups } from '../../../src/compile/zone-room.ts';
import { settleAll } from '../../support/apply-plan.ts';
import { egressClass, gateway, node, snapshot } from '../../support/objects.ts';

const zoneLabel = 'topology.kubernetes.io/zone';
const inZone = (place: number, zone?: string) =>
  node(`node-${place}`, `192.0.2.${place}`, zone === undefined ? {} : { labels: { [zoneLabel]: zone } });
const all = [inZone(1, 'a'), inZone(2, 'a'), inZone(3, 'b'), inZone(4), inZone(5)];
const nodes = new Map(all.map((one) => [one.metadata.name, one]));
const candidate = (name: string, priority = 200) => ({ node: name, address: '192.0.2.1', priority });
const standing = (first: string, owner?: string): GroupStanding => ({
  candidates: [candidate(first)],
  applied: new Set(),
  ...(owner === undefined ? {} : { owner }),
});
const settings = (name: string, most?: number) =>
  ({ egressClass: name, ...(most === undefined ? {} : { maxOwnersPerZone: most }) }) as GatewaySettings;

describe('room in a zone', () => {
  test('is counted by who owns, without owner by who is to begin, and without the group itself', () => {
    const room = seatGroups(nodes, [
      { key: 'one', settings: settings('egress', 1), standing: standing('node-3', 'node-1') },
      { key: 'two', settings: settings('egress', 1), standing: standing('node-4') },
    ]).get('egress');
    expect(['node-1', 'node-2', 'node-3', 'node-4', 'node-5'].map((name) => room?.hasRoom('two', 1, name))).toEqual([
      ...[false, false, true, true, true],
    ]);
    expect(['node-2', 'node-5'].map((name) => room?.hasRoom('one', 1, name))).toEqual([true, false]);
    room?.seat('one', 'node-3');
    expect(room?.hasRoom('two', 1, 'node-1')).toBe(true);
  });

  test('is each class its own, and unlimited where none is named', () => {
    const rooms = seatGroups(nodes, [
      { key: 'one', settings: settings('egress', 1), standing: standing('node-1') },
      { key: 'two', settings: settings('other', 1), standing: standing('node-3') },
      { key: 'three', settings: settings('free'), standing: standing('node-3') },
    ]);
    expect(rooms.get('other')?.hasRoom('new', 1, 'node-1')).toBe(true);
    expect(rooms.has('free')).toBe(false);
  });

  test('a group that is handed over counts where it goes', () => {
    const candidates = [candidate('node-1'), candidate('node-3', 210)];
    expect(seatedIn({ candidates, isHandover: true }, 'node-1')).toBe('node-3');
    expect(seatedIn({ candidates: [candidate('node-1')], isHandover: false }, 'node-3')).toBe('node-3');
    expect(seatedIn({ candidates: [candidate('node-1')], isHandover: false }, undefined)).toBe('node-1');
  });

  test('spreads the owners of new groups over zones, as far as there are any', () => {
    const gateways = Array.from({ length: 4 }, (_, n) => gateway(`platform/gateway-${n}`));
    const inA = Array.from({ length: 8 }, (_, n) => inZone(n + 1, 'a'));
    const places = [...inA, inZone(9, 'b'), inZone(10, 'c')];
    const firsts = (most?: number) => {
      const gatewayNodes = most === undefined ? {} : { maxOwnersPerZone: most };
      const { placements } = settleAll(
        snapshot({ gateways, nodes: places, egressClasses: [egressClass({ gatewayNodes })] }),
      ).snapshot;
      const zones = new Map(
        placements.map(({ spec }) => {
          const first = places.find(({ metadata }) => metadata.name === spec.candidates[0]?.node);
          return [spec.group, first?.metadata.labels?.[zoneLabel]];
        }),
      );
      return [...zones.values()].toSorted();
    };
    const inZoneA = (most?: number) => firsts(most).filter((zone) => zone === 'a').length;
    expect(firsts()).toHaveLength(4);
    expect(inZoneA()).toBeGreaterThan(2);
    expect(inZoneA(2)).toBeLessThanOrEqual(2);
    expect(new Set(firsts(1)).size).toBe(3);
  });
});
