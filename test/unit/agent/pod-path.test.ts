import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { beaconsOf, type PodPath, watchPodPath } from '../../../src/agent/pod-path.ts';
import type { Pod } from '../../../src/api/pod.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { silentLog } from '../../support/silent-log.ts';

const own = ['10.244.1.5', 'fd00:10:244:1::5'];
const onChange = vi.fn();
const readCounters = vi.fn(async () => new Map([['beacon', { packets: seen, bytes: seen * 90 }]]));
let seen: number;
let clock: FakeClock;
let path: PodPath;
let stop: AbortController;

beforeEach(() => {
  seen = 7;
  clock = createFakeClock();
  stop = new AbortController();
  vi.clearAllMocks();
  path = watchPodPath({ readCounters, clock, onChange, log: silentLog, signal: stop.signal });
});
afterEach(async () => {
  stop.abort();
  await path.done;
});

/** The next look, before which so many beacons met the rules. */
const look = async (beacons: number) => {
  seen += beacons;
  await vi.waitFor(() => expect(clock.sleeping()).toBe(1));
  await clock.advance(10_000);
  await vi.waitFor(() => expect(clock.sleeping()).toBe(1));
};

test('a node without a Pod that sends beacons looks for none', async () => {
  for (let looks = 0; looks < 5; looks += 1) await look(0);
  expect(readCounters).not.toHaveBeenCalled();
  expect(path.now()).toBeUndefined();
});

test('beacons that are missed for half a minute are told once, with what to do; the first that comes ends it', async () => {
  path.want(own);
  await look(0);
  await look(2);
  await look(0);
  await look(0);
  expect(path.now()).toBeUndefined();
  await look(0);
  expect(path.now()).toMatchObject({ reason: 'PastNetfilter' });
  expect(path.now()?.message).toMatch(
    /\(10\.244\.1\.5, fd00:10:244:1::5\) sent within 30 s .*bpf\.hostLegacyRouting=true.*192\.0\.0\.8 and 100::8$/,
  );
  await look(0);
  path.want([...own]);
  await look(0);
  expect(onChange).toHaveBeenCalledTimes(1);
  await look(1);
  expect(path.now()).toBeUndefined();
  expect(onChange).toHaveBeenCalledTimes(2);
});

test('what was counted before it began is no sign of now', async () => {
  seen = 1_000;
  path.want(own);
  for (let looks = 0; looks < 3; looks += 1) await look(0);
  expect(path.now()).toMatchObject({ reason: 'PastNetfilter' });
});

test('another Pod is waited for anew, and one that is gone is missed no more', async () => {
  path.want(own);
  await look(0);
  await look(0);
  path.want(['10.244.1.6']);
  await look(0);
  await look(0);
  expect(path.now()).toBeUndefined();
  await look(0);
  expect(path.now()?.message).toContain('(10.244.1.6)');
  path.want([]);
  await look(0);
  expect(path.now()).toBeUndefined();
});

test('a table that was made anew, and counts from nothing, has seen what it counts', async () => {
  path.want(own);
  await look(100);
  seen = 0;
  for (let looks = 0; looks < 5; looks += 1) await look(looks === 0 ? 1 : 2);
  expect(path.now()).toBeUndefined();
});

test('counters that cannot be read are no bypass', async () => {
  path.want(own);
  readCounters.mockRejectedValue(new Error('nft is gone'));
  for (let looks = 0; looks < 6; looks += 1) await look(0);
  expect(path.now()).toBeUndefined();
  readCounters.mockReset();
});

const pod = (more: Partial<Pod>, metadata: Partial<Pod['metadata']> = {}): Pod => ({
  metadata: {
    ...{ name: 'controller', namespace: 'sallyport-system', uid: 'u', resourceVersion: '1' },
    ...{ creationTimestamp: '2030-01-01T00:00:00Z', ...metadata },
  },
  spec: {},
  status: { phase: 'Running', podIPs: own },
  ...more,
});

test("only Sallyport's own Pods are believed, ready ones, with a network of their own", () => {
  const good = pod({ sendsBeacons: true });
  expect(beaconsOf([good], 'sallyport-system')).toEqual(own);
  const others = [
    pod({}),
    pod({ sendsBeacons: true }, { namespace: 'shop' }),
    pod({ sendsBeacons: true }, { deletionTimestamp: '2030-01-01T00:01:00Z' }),
    pod({ sendsBeacons: true, spec: { hostNetwork: true } }),
  ];
  expect(beaconsOf(others, 'sallyport-system')).toEqual([]);
});
