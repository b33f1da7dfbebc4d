import { expect, test } from 'vitest';
import { createBoard, type Entry, mergeEntries } from '../../../src/telemetry/board.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

test('a board tells what it was shown last and nothing else', async () => {
  const metrics = createMetrics();
  const { gauge } = metrics.register({ gauge: { kind: 'gauge', name: 'g', help: 'h', labels: ['a', 'b'] } });
  const board = createBoard(gauge);
  board.show([
    [{ a: '1', b: 'x' }, 1],
    [{ a: '2', b: 'x' }, 2],
  ]);
  board.show([[{ a: '2', b: 'x' }, 3]]);
  expect((await metrics.expose()).text).toMatch(/gauge\ng\{a="2",b="x"\} 3\n$/);
  board.show([]);
  expect((await metrics.expose()).text).not.toContain('{');
});

test('entries of equal labels become one', () => {
  const entries: readonly Entry<{ a: string }>[] = [
    [{ a: '1' }, 2],
    [{ a: '2' }, 5],
    [{ a: '1' }, 3],
  ];
  expect(mergeEntries(entries)).toEqual([
    [{ a: '1' }, 5],
    [{ a: '2' }, 5],
  ]);
  expect(mergeEntries(entries, Math.max)[0]).toEqual([{ a: '1' }, 3]);
});
