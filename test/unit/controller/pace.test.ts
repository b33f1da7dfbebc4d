import { beforeEach, expect, test } from 'vitest';
import type { EgressCluster, EgressClusterStatus, EgressNode } from '../../../src/api/kinds.ts';
import { resources } from '../../../src/api/resources.ts';
import { createPace, type Pace } from '../../../src/controller/pace.ts';
import type { Write } from '../../../src/controller/writes.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';

let clock: FakeClock;
let pace: Pace;
beforeEach(() => {
  clock = createFakeClock();
  pace = createPace(clock);
});

const indexes = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ node: `node-${index}`, uid: 'a'.repeat(36), index: index + 1 }));
const meta = (name: string) => ({ name, uid: name, resourceVersion: '1', creationTimestamp: '2030-01-01T00:00:00Z' });
const nodes = (count: number) =>
  Array.from({ length: count }, (_, index): EgressNode => {
    return { metadata: meta(`node-${index}`), spec: { uid: 'u', index: index + 1, addresses: [], tunnelMAC: '' } };
  });
const seen = (count: number, status: EgressClusterStatus = {}) => ({
  cluster: { metadata: meta('default'), spec: {}, status } as EgressCluster,
  egressNodes: nodes(count),
});
const numbers = (status: EgressClusterStatus): Write => ({
  ...{ kind: 'swap', resource: resources.egressClusters, name: 'default', subresource: 'status', resourceVersion: '1' },
  body: { status },
});
const other: Write = { kind: 'create', resource: resources.egressNodes, name: 'node-1', body: {} };

test('the first goes out at once; in a large cluster the next of Nodes alone waits, and keeps nothing else back', async () => {
  const first = [[numbers({ nodeIndexes: indexes(1_000) })], [other]];
  expect(pace.admit(first, seen(1_000))).toEqual({ stages: first });
  const next = [[numbers({ nodeIndexes: indexes(1_001) })], [other]];
  expect(pace.admit(next, seen(1_000))).toEqual({ stages: [[other]], waitMs: 5_000 });
  await clock.advance(4_000);
  expect(pace.admit(next, seen(1_000))).toEqual({ stages: [[other]], waitMs: 1_000 });
  await clock.advance(1_000);
  expect(pace.admit(next, seen(1_000))).toEqual({ stages: next });
});

test('a small cluster waits for what it takes to send so little', () => {
  pace.admit([[numbers({ nodeIndexes: indexes(20) })]], seen(20));
  const { waitMs = 0 } = pace.admit([[numbers({ nodeIndexes: indexes(21) })]], seen(20));
  expect(waitMs).toBeGreaterThan(0);
  expect(waitMs).toBeLessThan(10);
});

test('what a Gateway waits for goes out at once, and so does what is said of the whole', () => {
  pace.admit([[numbers({ nodeIndexes: indexes(1_000) })]], seen(1_000));
  const groups = [{ group: 1, key: 'a' }];
  const urgent = [
    { nodeIndexes: indexes(1_001), groups },
    { nodeIndexes: indexes(1_001), groups, identities: [{ id: 513, holder: 'uid/0' }] },
    {
      nodeIndexes: indexes(1_001),
      conditions: [
        {
          ...meta('x'),
          type: 'Accepted',
          status: 'False' as const,
          reason: 'Invalid',
          message: '',
          lastTransitionTime: '2030-01-01T00:00:00Z',
        },
      ],
    },
  ];
  for (const status of urgent) {
    const stages = [[numbers(status)]];
    expect(pace.admit(stages, seen(1_000))).toEqual({ stages });
  }
  const same = [[numbers({ nodeIndexes: indexes(1_002), groups })]];
  expect(pace.admit(same, seen(1_000, { groups })).waitMs).toBe(5_000);
});

test('nothing is held where there are no numbers to write', () => {
  expect(pace.admit([[other]], seen(1_000))).toEqual({ stages: [[other]] });
  expect(pace.admit([], seen(1_000))).toEqual({ stages: [] });
});
