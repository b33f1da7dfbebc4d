import { expect, test } from 'vitest';
import { renderAge, renderTable } from '../../../src/inspect/table.ts';

test('columns as wide as their longest cell, and no blanks at the ends of lines', () => {
  expect(
    renderTable([
      ['A', 'LONG'],
      ['wide', ''],
      ['x', 'y'],
    ]),
  ).toBe('A     LONG\nwide\nx     y\n');
});

test.each([
  [-5, '0s'],
  [119_999, '119s'],
  [120_000, '2m'],
  [7_199_999, '119m'],
  [7_200_000, '2h'],
  [172_799_999, '47h'],
  [172_800_000, '2d'],
] as const)('%i ms: %s', (milliseconds, text) => {
  expect(renderAge(milliseconds)).toBe(text);
});
