import { expect, test } from 'vitest';
import { watchPriority } from '../../../src/failover/watch-priority.ts';
import type { ProcessEntry } from '../../../src/platform/process-table.ts';

const clock = { sleep: async () => {} };
const parent: ProcessEntry = { pid: 7, state: 'S', isRealTime: false };
const child: ProcessEntry = { pid: 9, state: 'S', isRealTime: true };

/** What is told of a daemon that looks like this at each look, the last for ever. */
async function told(seen: readonly (readonly ProcessEntry[])[], signal = new AbortController().signal) {
  const words: boolean[] = [];
  let look = -1;
  const family = async () => {
    look = Math.min(look + 1, seen.length - 1);
    return seen[look] ?? [];
  };
  await watchPriority(7, { processes: { family }, clock, signal, onPriority: (word) => words.push(word) });
  return words;
}

test('a child that has it, though it comes late', async () => {
  expect(await told([[], [parent], [parent, child]])).toEqual([true]);
});

test('nobody has it: said once, after some looks', async () => {
  expect(await told([[parent, { ...child, isRealTime: false }]])).toEqual([false]);
});

test('nothing is said of a daemon that has ended', async () => {
  expect(await told([[parent]], AbortSignal.abort())).toEqual([]);
});
