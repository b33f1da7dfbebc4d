import { expect, test, vi } from 'vitest';
import { type ConntrackLook, watchPressure } from '../../../src/agent/conntrack-pressure.ts';
import { registerMetrics } from '../../../src/agent/metrics.ts';
import { parseProcStats, parseToolStats, refusedSince } from '../../../src/dataplane/conntrack/stats.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeRunner } from '../../support/fake-runner.ts';
import { silentLog } from '../../support/silent-log.ts';

const none = { dropped: 0, notUnique: 0, evicted: 0 };

function start() {
  const clock = createFakeClock();
  const stop = new AbortController();
  const registry = createMetrics();
  const onChange = vi.fn();
  let seen: ConntrackLook = { stats: none, entries: 100, limit: 1_000 };
  const watch = watchPressure({
    ...{ clock, onChange, log: silentLog, signal: stop.signal, look: async () => seen },
    runner: createFakeRunner(() => 'hang'),
    metrics: registerMetrics(registry),
  });
  /** What is seen from now on, until the next look has been. */
  const see = async (next: Partial<ConntrackLook>) => {
    seen = { ...seen, ...next };
    await vi.waitFor(() => expect(clock.sleeping()).toBe(1));
    await clock.advance(10_000);
    await vi.waitFor(() => expect(clock.sleeping()).toBe(1));
  };
  const end = async () => {
    stop.abort();
    await watch.done;
  };
  return { see, end, onChange, registry, now: () => watch.now() };
}

test('a full table is said for as long as it refuses flows, and a minute more; told once', async () => {
  const { see, end, now, onChange, registry } = start();
  await see({});
  expect(now()).toBeUndefined();
  await see({ stats: { ...none, dropped: 3, evicted: 2 }, entries: 1_000 });
  const said = now();
  expect(said).toMatchObject({ reason: 'ConntrackTableFull' });
  expect(said?.message).toContain('3 within 10 s');
  expect(said?.message).toContain('1000 of 1000');
  await see({ stats: { ...none, dropped: 9, evicted: 2 } });
  expect(now()).toEqual(said);
  expect(onChange).toHaveBeenCalledTimes(1);
  for (let looks = 0; looks < 5; looks += 1) await see({});
  expect(now()).toEqual(said);
  await see({});
  expect(now()).toBeUndefined();
  expect(onChange).toHaveBeenCalledTimes(2);
  const { text } = await registry.expose();
  expect(text).toContain('sallyport_conntrack_refused_total{reason="table-full"} 9');
  expect(text).toContain('sallyport_conntrack_evicted_total 2');
  expect(text).toContain('sallyport_conntrack_limit 1000');
  await end();
});

test('no free port is told from a full table, and from the few flows that two packets begin at once', async () => {
  const { see, end, now } = start();
  await see({ stats: { ...none, dropped: 9, notUnique: 9 } });
  expect(now()).toBeUndefined();
  await see({ stats: { ...none, dropped: 29, notUnique: 29 } });
  expect(now()).toMatchObject({ reason: 'NoFreePort' });
  await end();
});

test('packets that were dropped while the table has room are no full table', async () => {
  const { see, end, now } = start();
  await see({ stats: { ...none, dropped: 3 }, entries: 100 });
  expect(now()).toBeUndefined();
  await see({ stats: { ...none, dropped: 6 }, entries: 800 });
  expect(now()).toMatchObject({ reason: 'ConntrackTableFull' });
  await end();
});

test('what cannot be read is no pressure', async () => {
  const { see, end, now } = start();
  await see({ stats: undefined, entries: undefined, limit: undefined });
  expect(now()).toBeUndefined();
  await end();
});

test('counters that went back began anew', () => {
  expect(refusedSince({ dropped: 9, notUnique: 4, evicted: 1 }, { dropped: 2, notUnique: 1, evicted: 1 })).toEqual({
    ...{ tableFull: 1, notUnique: 1, evicted: 0 },
  });
});

test('all processors are summed; numbers in /proc are hexadecimal; what is not that is nothing', () => {
  const proc =
    'entries  insert insert_failed drop early_drop\n00000000  00000000 0000000a 00000010 00000001\n00000000  00000000 00000001 00000001 00000000\n';
  expect(parseProcStats(proc)).toEqual({ notUnique: 11, dropped: 17, evicted: 1 });
  const tool =
    'cpu=0   \tfound=0 invalid=2 insert=0 insert_failed=10 drop=16 early_drop=1 error=0\ncpu=1   \tfound=0 invalid=0 insert=0 insert_failed=1 drop=1 early_drop=0 error=0\n';
  expect(parseToolStats(tool)).toEqual({ notUnique: 11, dropped: 17, evicted: 1 });
  for (const parse of [parseProcStats, parseToolStats])
    for (const text of ['', 'entries drop\n', 'cpu=0 found=0\n', 'x\ny\n']) expect(parse(text)).toBeUndefined();
});
