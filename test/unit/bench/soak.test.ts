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
    expect(rows[1]?.figure).toBe('7 to 7 → 7 to 7, at most +0');
  });

  test('is seen on the one node where it is, and has no room where something is programmed', () => {
    const [files, elements] = growthRows(
      looks((n) => ({ 'files of agent@a': 20, 'files of agent@b': 20 + n, 'nft elements@a': n > 7 ? 301 : 300 })),
    );
    expect(files).toMatchObject({ figure: '20 to 22 → 20 to 28, at most +6', met: false });
    expect(elements).toMatchObject({ met: false });
  });

  test('is not asked of what was there only for a while', () => {
    expect(growthRows(looks((n) => (n < 3 ? { 'files of agent@gone': n } : {})))).toEqual([]);
  });
});
