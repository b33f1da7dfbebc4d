import { describe, expect, test } from 'vitest';
import { filledByAgent, mapWithRoom, roomFor, setWithRoom } from '../../../../src/dataplane/desired/room.ts';

const set = { name: 's', key: ['ipv4_addr'], flags: [], elements: ['10.0.0.1'] } as const;

describe('room', () => {
  test('is a power of four from 256 that holds all', () => {
    expect([0, 1, 256, 257, 1_024, 1_025, 100_000].map(roomFor)).toEqual([256, 256, 256, 1_024, 1_024, 4_096, 262_144]);
  });

  test('is given where the kernel has a hash for it, and the same object again for the same', () => {
    expect(setWithRoom(set)).toEqual({ ...set, size: 256 });
    expect(setWithRoom(set)).toBe(setWithRoom(set));
    const intervals = { ...set, flags: ['interval'], value: 'verdict', elements: [] } as const;
    expect(mapWithRoom(intervals)).toEqual(intervals);
    expect(setWithRoom({ ...set, ...filledByAgent }).size).toBe(filledByAgent.size);
  });
});
