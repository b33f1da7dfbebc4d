import { expect, test } from 'vitest';
import { createCollector } from '../../../src/telemetry/collector.ts';
import type { Logger } from '../../../src/telemetry/log.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

function setUp(collect: () => Promise<void>, more: { readonly rest?: number } = {}) {
  const clock = createFakeClock();
  const stop = new AbortController();
  const logged: string[] = [];
  const quiet = () => {};
  const log: Logger = { debug: quiet, info: quiet, warn: (_, message) => logged.push(message), error: quiet };
  const scrape = createCollector({ clock, log, signal: stop.signal, what: 'x', everyMs: 10_000, collect, ...more });
  return { clock, stop, logged, scrape };
}

test('nothing is done before somebody asks, and not again within its interval', async () => {
  let done = 0;
  const { clock, scrape } = setUp(async () => {
    done += 1;
  });
  await clock.advance(60_000);
  expect(done).toBe(0);
  await scrape();
  await scrape();
  await clock.advance(9_999);
  await scrape();
  expect(done).toBe(1);
  await clock.advance(1);
  await scrape();
  expect(done).toBe(2);
});

test('all who ask meanwhile wait for one, none longer than its patience', async () => {
  const work = Promise.withResolvers<void>();
  let begun = 0;
  const { clock, scrape } = setUp(() => {
    begun += 1;
    return work.promise;
  });
  const answered: string[] = [];
  const asked = ['a', 'b'].map((name) => scrape().then(() => void answered.push(name)));
  await clock.advance(1_999);
  expect([begun, answered]).toEqual([1, []]);
  await clock.advance(1);
  expect(answered).toEqual(['a', 'b']);
  await Promise.all(asked);
  const third = scrape().then(() => void answered.push('c'));
  work.resolve();
  await third;
  expect([begun, clock.sleeping()]).toEqual([1, 0]);
});

test('what takes long is done seldom', async () => {
  let done = 0;
  const { clock, scrape } = setUp(
    async () => {
      done += 1;
      await clock.sleep(2_000);
    },
    { rest: 50 },
  );
  const first = scrape();
  await clock.advance(2_000);
  await first;
  await clock.advance(99_999);
  await scrape();
  expect(done).toBe(1);
  await clock.advance(1);
  void scrape();
  expect(done).toBe(2);
});

test('a failure is no scrape lost, and one line until it works again', async () => {
  let fails = true;
  const { clock, scrape, logged, stop } = setUp(async () => {
    if (fails) throw new Error('no nft');
  });
  for (let round = 0; round < 3; round += 1) {
    await scrape();
    await clock.advance(10_000);
  }
  expect(logged).toHaveLength(1);
  fails = false;
  await scrape();
  await clock.advance(10_000);
  fails = true;
  await scrape();
  expect(logged).toHaveLength(2);
  stop.abort();
  await clock.advance(10_000);
  await scrape();
  expect(logged).toHaveLength(2);
});
