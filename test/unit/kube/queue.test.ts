import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDelayHeap } from '../../../src/kube/delay-heap.ts';
import { createQueue, type Outcome, type QueueOptions } from '../../../src/kube/queue.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const done: Outcome = { kind: 'done' };

function startQueue(
  handle: (key: string) => Promise<Outcome>,
  options: Partial<QueueOptions<string>> & { workers?: number } = {},
) {
  const clock = createFakeClock();
  const stop = new AbortController();
  const queue = createQueue<string>({ clock, ...options });
  const ended = queue.run({ workers: options.workers ?? 2, signal: stop.signal, handle });
  return { clock, queue, stop, ended };
}

const note = (handled: string[]) => async (key: string) => {
  handled.push(key);
  return done;
};

test('a key added many times is handled once, in order of arrival', async () => {
  const handled: string[] = [];
  const clock = createFakeClock();
  const queue = createQueue<string>({ clock });
  for (const key of ['b', 'a', 'b', 'c', 'a']) queue.add(key);
  expect(queue.size).toBe(3);
  const stop = new AbortController();
  const ended = queue.run({ workers: 1, signal: stop.signal, handle: note(handled) });
  await clock.advance(0);
  expect(handled).toEqual(['b', 'a', 'c']);
  stop.abort();
  await ended;
});

test('never one key twice at once; what came meanwhile is handled again', async () => {
  let release = () => {};
  let handled = 0;
  const { clock, queue } = startQueue(async () => {
    handled++;
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return done;
  });
  queue.add('a');
  await clock.advance(0);
  queue.add('a');
  queue.add('a');
  await clock.advance(0);
  expect([handled, queue.size]).toEqual([1, 1]);
  release();
  await clock.advance(0);
  expect([handled, queue.size]).toEqual([2, 0]);
  release();
  await clock.advance(0);
  expect(handled).toBe(2);
});

test('back-off doubles per key up to the limit, and starts anew after success', async () => {
  const at: number[] = [];
  let failing = true;
  const retries: number[] = [];
  const { clock, queue } = startQueue(
    async (): Promise<Outcome> => {
      at.push(clock.monotonic());
      return failing ? { kind: 'retry', cause: new Error('x') } : done;
    },
    { baseMs: 5, maxMs: 40, onRetry: (_, __, failures) => retries.push(failures) },
  );
  queue.add('a');
  await clock.advance(200);
  expect(at).toEqual([0, 5, 15, 35, 75, 115, 155, 195]);
  expect(retries).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  failing = false;
  await clock.advance(100);
  at.length = 0;
  failing = true;
  queue.add('a');
  await clock.advance(6);
  expect(at).toEqual([300, 305]);
});

test('a throw is a retry, stop is not', async () => {
  const outcomes: string[] = [];
  let first = true;
  const { clock, queue } = startQueue(
    async (): Promise<Outcome> => {
      if (!first) return { kind: 'stop', cause: new Error('never') };
      first = false;
      throw new Error('once');
    },
    { onOutcome: (key, outcome) => outcomes.push(`${key} ${outcome.kind}`) },
  );
  queue.add('a');
  await clock.advance(10_000);
  expect(outcomes).toEqual(['a retry', 'a stop']);
  expect(queue.delayed).toBe(0);
});

test('after: the earlier time counts, an add takes its place', async () => {
  const at: number[] = [];
  const { clock, queue } = startQueue(async () => {
    at.push(clock.monotonic());
    return done;
  });
  queue.addAfter('a', 100);
  queue.addAfter('a', 50);
  queue.addAfter('a', 70);
  expect(queue.delayed).toBe(1);
  await clock.advance(200);
  expect(at).toEqual([50]);
  queue.addAfter('a', 100);
  queue.add('a');
  await clock.advance(200);
  expect(at).toEqual([50, 200]);
  queue.addAfter('a', 0);
  await clock.advance(0);
  expect(at).toHaveLength(3);
});

test('at most as many at once as workers; others do not wait for a slow key', async () => {
  let [active, most] = [0, 0];
  const finished: string[] = [];
  const { clock, queue } = startQueue(
    async (key) => {
      most = Math.max(most, ++active);
      await clock.sleep(key === 'slow' ? 1000 : 10);
      active--;
      finished.push(key);
      return done;
    },
    { workers: 3 },
  );
  for (const key of ['slow', 'a', 'b', 'c', 'd', 'e', 'f']) queue.add(key);
  await clock.advance(40);
  expect(finished).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  expect(most).toBe(3);
  await clock.advance(1000);
  expect(finished.at(-1)).toBe('slow');
});

test('run ends when the last handler has ended, and can be run again with nothing lost', async () => {
  const handled: string[] = [];
  const { clock, queue, stop, ended } = startQueue(
    async (key) => {
      await clock.sleep(50);
      handled.push(key);
      return done;
    },
    { workers: 1 },
  );
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 200);
  await clock.advance(10);
  let over = false;
  void ended.then(() => {
    over = true;
  });
  stop.abort();
  await clock.advance(10);
  expect(over).toBe(false);
  await clock.advance(40);
  expect([over, handled, queue.size, queue.delayed]).toEqual([true, ['a'], 1, 1]);
  expect(clock.sleeping()).toBe(0);
  const again = new AbortController();
  void queue.run({ workers: 1, signal: again.signal, handle: note(handled) });
  await clock.advance(200);
  expect(handled).toEqual(['a', 'b', 'c']);
});

test('the heap gives keys at their earliest time, in order', () => {
  const key = fc.integer({ min: 0, max: 9 });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), key, due: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ kind: fc.constant('delete' as const), key }),
    fc.record({ kind: fc.constant('take' as const), now: fc.integer({ min: 0, max: 50 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const heap = createDelayHeap<number>();
      const model = new Map<number, number>();
      for (const action of steps) {
        if (action.kind === 'add') {
          heap.add(action.key, action.due);
          model.set(action.key, Math.min(action.due, model.get(action.key) ?? 99));
        } else if (action.kind === 'delete') {
          heap.delete(action.key);
          model.delete(action.key);
        } else {
          const expected = [...model].filter(([, due]) => due <= action.now);
          const taken = heap.takeDue(action.now);
          expect([...taken].sort()).toEqual(expected.map(([name]) => name).sort());
          const dues = taken.map((name) => model.get(name) ?? 0);
          expect(dues).toEqual([...dues].sort((a, b) => a - b));
          for (const name of taken) model.delete(name);
        }
        expect(heap.size).toBe(model.size);
        expect(heap.nextDue()).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
      }
    }),
  );
});
