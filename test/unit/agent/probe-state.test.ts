import { expect, test } from 'vitest';
import { failuresUntilFree, hearProbe, newProbe, type Probe } from '../../../src/agent/probe-state.ts';

const mac = '02:00:00:00:00:99';
type Look = readonly string[] | undefined;
/** The probe after looks, each as soon as it was due. */
const after = (looks: readonly Look[]): Probe =>
  looks.reduce((probe: Probe, look) => hearProbe(probe, look, probe.dueAt), newProbe(0));
const pauses = (looks: readonly Look[]): number[] => {
  const dues = looks.map((_, n) => after(looks.slice(0, n + 1)).dueAt);
  return dues.map((due, n) => due - (dues[n - 1] ?? 0));
};

test('nobody answers: free, and never asked again', () => {
  expect(after([[]])).toMatchObject({ verdict: 'free', macs: [], dueAt: Number.POSITIVE_INFINITY });
});

test('somebody answers: taken, and asked less and less often', () => {
  expect(after([[mac]])).toMatchObject({ verdict: 'taken', macs: [mac] });
  expect(pauses(new Array(6).fill([mac]))).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

test('one silence is none: a host that starts anew comes back', () => {
  expect(after([[mac], []])).toMatchObject({ verdict: 'taken', macs: [mac] });
  expect(after([[mac], [], [mac], []]).verdict).toBe('taken');
  expect(after([[mac], [], []])).toMatchObject({ verdict: 'free', macs: [] });
});

test('who cannot ask claims in the end, but not what somebody has', () => {
  const failures: Look[] = new Array(failuresUntilFree).fill(undefined);
  expect(after(failures.slice(1)).verdict).toBe('unknown');
  expect(after(failures).verdict).toBe('free');
  expect(after([[mac], ...failures, ...failures])).toMatchObject({ verdict: 'taken', macs: [mac] });
});
