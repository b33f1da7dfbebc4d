import { describe, expect, test } from 'vitest';
import { growthRows } from '../../bench/soak-figures.ts';

const looks = (of: (n: number) => Readonly<Record<string, number>>) => Array.from({ length: 10 }, (_, n) => of(n));

describe('growth', () => {
  test('is none where figures go up and down, and where they were lower before anything began', () => {
    const rows = growthRows(looks((n) => ({ 'memory of agent@a': n === 0 ? 60 : 100 + (n % 3), 'rules@a': 7 })));
    expect(rows.map(({ measure, met }) => [measure, met])).toEqual([
      ['memory of agent', true],
      ['rules', true],
    ]);
    expect(rows[1]?.figure).toBe('7 → 7');
  });

  test('is seen in the sum over nodes, and has no room where something is programmed', () => {
    const [files, elements] = growthRows(
      looks((n) => ({ 'files of agent@a': 20, 'files of agent@b': 20 + n, 'nft elements@a': n > 7 ? 301 : 300 })),
    );
    expect(files).toMatchObject({ figure: '42 → 48', met: false });
    expect(elements).toMatchObject({ figure: '300 → 301', met: false });
  });

  test('is none where an owner moves from node to node', () => {
    const rows = growthRows(looks((n) => ({ 'rules@a': n % 2 === 0 ? 13 : 9, 'rules@b': n % 2 === 0 ? 9 : 13 })));
    expect(rows).toMatchObject([{ figure: '22 → 22', met: true }]);
  });
});
