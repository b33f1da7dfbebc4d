import type { Row } from './section.ts';

/** What stood in the lab at a moment when nothing was under way, by name: `memory agent@node-1` (MiB), `files agent@node-1`, `nft elements@node-1`. */
export type Standing = Readonly<Record<string, number>>;

/** How much more a figure may be at the end than at the beginning: absolute, or a share of it. */
interface Allowance {
  readonly absolute: number;
  readonly share: number;
}

/** By the first word of a name. What packets and time make (flows, addresses that ended) goes up and down; what is programmed does not. */
const allowances: Readonly<Record<string, Allowance>> = {
  memory: { absolute: 4, share: 0.05 },
  files: { absolute: 2, share: 0 },
  flows: { absolute: 50, share: 0.25 },
  neighbours: { absolute: 20, share: 0 },
};
const none: Allowance = { absolute: 0, share: 0 };

/** Pure: for each kind of figure the one that grew most, from the median of the first third (the very first look, before anything began, left out) to that of the last. */
export function growthRows(samples: readonly Standing[]): readonly Row[] {
  const [, ...later] = samples;
  const third = Math.max(1, Math.floor(later.length / 3));
  const names = [...new Set(later.flatMap((sample) => Object.keys(sample)))];
  const grown = names.flatMap((name) => {
    const values = later.flatMap((sample) => sample[name] ?? []);
    // A process that was replaced, or a device that was there once.
    if (values.length < later.length / 2) return [];
    const [before, after] = [median(values.slice(0, third)), median(values.slice(-third))];
    const allowance = allowances[name.split(' ')[0] ?? ''] ?? none;
    return [{ name, before, after, isMore: after - before > allowance.absolute + allowance.share * before }];
  });
  return [...Map.groupBy(grown, ({ name }) => name.split('@')[0] ?? '')].map(([kind, all]) => {
    const worst = all.toSorted((a, b) => b.after - b.before - (a.after - a.before))[0];
    const range = (pick: (one: (typeof all)[number]) => number) =>
      `${round(Math.min(...all.map(pick)))} to ${round(Math.max(...all.map(pick)))}`;
    return {
      measure: kind,
      figure: `${range(({ before }) => before)} → ${range(({ after }) => after)}, at most ${signed((worst?.after ?? 0) - (worst?.before ?? 0))}`,
      goal: 'no growth',
      met: all.every(({ isMore }) => !isMore),
    };
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const round = (value: number) => (Number.isInteger(value) ? `${value}` : value.toFixed(1));
const signed = (value: number) => `${value < 0 ? '−' : '+'}${round(Math.abs(value))}`;
