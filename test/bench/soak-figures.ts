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
  memory: { absolute: 8, share: 0.05 },
  files: { absolute: 4, share: 0.02 },
  flows: { absolute: 50, share: 0.25 },
  neighbours: { absolute: 20, share: 0 },
};
const none: Allowance = { absolute: 0, share: 0 };

/**
 * Pure: each kind of figure, summed over the nodes (who owns what moves from node to node, the sum does not): from the median of the first
 * third of the looks (the very first, before anything began, left out) to that of the last.
 */
export function growthRows(samples: readonly Standing[]): readonly Row[] {
  const sums = samples.slice(1).map(sumsOf);
  const third = Math.max(1, Math.floor(sums.length / 3));
  const kinds = [...new Set(sums.flatMap((sum) => [...sum.keys()]))];
  return kinds.map((kind) => {
    const values = sums.map((sum) => sum.get(kind) ?? 0);
    const [before, after] = [median(values.slice(0, third)), median(values.slice(-third))];
    const allowance = allowances[kind.split(' ')[0] ?? ''] ?? none;
    return {
      measure: kind,
      figure: `${round(before)} → ${round(after)}`,
      goal: 'no growth',
      met: after - before <= allowance.absolute + allowance.share * before,
    };
  });
}

function sumsOf(standing: Standing): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [name, value] of Object.entries(standing)) {
    const kind = name.split('@')[0] ?? '';
    sums.set(kind, (sums.get(kind) ?? 0) + value);
  }
  return sums;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const round = (value: number) => (Number.isInteger(value) ? `${value}` : value.toFixed(1));
