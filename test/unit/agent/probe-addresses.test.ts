import { expect, test } from 'vitest';
import { startProber } from '../../../src/agent/probe-addresses.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { silentLog } from '../../support/silent-log.ts';

const [a, b] = ['192.0.2.100', '2001:db8::100'];
const mac = '02:00:00:00:00:99';

/** A prober on a link where `answers` decides who answers. */
function setUp(answers: (address: string) => readonly string[]) {
  const clock = createFakeClock();
  const stop = new AbortController();
  const state = { answers, changes: 0 };
  const asked: (readonly [device: string, addresses: readonly string[], times: number])[] = [];
  const listening: (readonly string[])[] = [];
  const prober = startProber({
    neighbours: {
      listen: async (devices) => {
        listening.push(devices);
      },
      ask: async (device, addresses, times = 1) => {
        asked.push([device, addresses, times]);
        return new Map(addresses.map((address) => [address, state.answers(address)]));
      },
    },
    clock,
    log: silentLog,
    signal: stop.signal,
    onChange: () => {
      state.changes += 1;
    },
  });
  const wait = async (ms: number) => {
    for (let n = 0; n < 30; n++) await Promise.resolve();
    await clock.advance(ms);
    for (let n = 0; n < 30; n++) await Promise.resolve();
  };
  return { prober, state, asked, listening, wait, stop };
}

test('asks at once, three times each, by link, and says so once', async () => {
  const { prober, state, asked, listening, wait } = setUp((address) => (address === a ? [mac] : []));
  await wait(0);
  prober.want([
    { device: 'eth0', address: a },
    { device: 'eth1', address: b },
  ]);
  expect(prober.of(a)?.verdict).toBe('unknown');
  await wait(0);
  expect(asked).toEqual([
    ['eth0', [a], 3],
    ['eth1', [b], 3],
  ]);
  expect(listening.at(-1)).toEqual(['eth0', 'eth1']);
  expect([prober.of(a)?.verdict, prober.of(b)?.verdict, state.changes]).toEqual(['taken', 'free', 2]);
});

test('goes on with what somebody has alone, until he was silent twice; listens nowhere when nothing is wanted', async () => {
  const { prober, state, asked, listening, wait, stop } = setUp((address) => (address === a ? [mac] : []));
  const wanted = [a, b].map((address) => ({ device: 'eth0', address }));
  prober.want(wanted);
  await wait(0);
  prober.want([{ device: 'eth0', address: a }]);
  asked.length = 0;
  await wait(1_000);
  await wait(2_000);
  expect(asked).toEqual([
    ['eth0', [a], 3],
    ['eth0', [a], 3],
  ]);
  state.answers = () => [];
  await wait(4_000);
  expect(prober.of(a)?.verdict).toBe('taken');
  await wait(3_000);
  expect(prober.of(a)?.verdict).toBe('free');
  prober.want([]);
  await wait(0);
  expect([prober.of(a), listening.at(-1)]).toEqual([undefined, []]);
  stop.abort();
  await prober.done;
});

test('nothing is known of an address that was not wanted for a while, nor on another link', async () => {
  const { prober, wait } = setUp(() => []);
  prober.want([{ device: 'eth0', address: a }]);
  await wait(0);
  expect(prober.of(a)?.verdict).toBe('free');
  prober.want([{ device: 'eth1', address: a }]);
  expect(prober.of(a)?.verdict).toBe('unknown');
});

test('who can never ask does not stand in the way for ever', async () => {
  const { prober, wait } = setUp(() => {
    throw new Error('no nft');
  });
  prober.want([{ device: 'eth0', address: a }]);
  await wait(0);
  await wait(1_000);
  expect(prober.of(a)?.verdict).toBe('unknown');
  await wait(2_000);
  expect(prober.of(a)?.verdict).toBe('free');
});
