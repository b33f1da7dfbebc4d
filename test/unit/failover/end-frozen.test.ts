import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { endWhenFrozen, stoppedOf } from '../../../src/failover/end-frozen.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { parseRealTime, parseState, systemProcesses } from '../../../src/platform/process-table.ts';

test.each([
  ['7 (keepalived) S 1 7 7 0 -1', 'S'],
  ['7 (a) T (b)) T 1 7 7 0 -1', 'T'],
  ['7 (cut off', undefined],
  ['', undefined],
] as const)('state of %j: %s', (stat, state) => {
  expect(parseState(stat)).toBe(state);
});

test.each([
  [0, false],
  [1, true],
  [2, true],
  [3, false],
] as const)('policy %i: real-time %s', (policy, isRealTime) => {
  // proc(5): fields 3 to 40, then policy.
  const fields = Array.from({ length: 38 }, (_, n) => (n === 0 ? 'S' : `${n}`));
  expect(parseRealTime(`7 (a) 1 2 (b)) ${[...fields, policy, 0, 0].join(' ')}`)).toBe(isRealTime);
});

test('only what a signal or a tracer stopped stands still', () => {
  const family = ['R', 'S', 'D', 'T', 't', 'Z'].map((state, place) => ({ pid: place + 1, state, isRealTime: false }));
  expect(stoppedOf(family)).toEqual([4, 5]);
});

/** A clock whose sleeps take a few ms. */
const fast = { sleep: (_: number, signal?: AbortSignal) => systemClock.sleep(5, signal) };

test('ends a process that is stopped, and tells whom', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  const told: (readonly number[])[] = [];
  child.kill('SIGSTOP');
  const over = new AbortController();
  await endWhenFrozen(child.pid ?? 0, {
    processes: systemProcesses,
    clock: fast,
    signal: over.signal,
    onFrozen: (stopped) => told.push(stopped),
  });
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(told).toEqual([[child.pid]]);
});

test('leaves alone what goes on after one look, and what runs', async () => {
  const states = ['T', 'S', 'T', 'S', 'S'];
  const over = new AbortController();
  const family = async () => {
    const state = states.shift();
    if (state === undefined) over.abort();
    return [{ pid: 2 ** 30, state: state ?? 'S', isRealTime: false }];
  };
  const onFrozen = () => expect.unreachable();
  await endWhenFrozen(2 ** 30, { processes: { family }, clock: fast, signal: over.signal, onFrozen });
  expect(states).toEqual([]);
});
