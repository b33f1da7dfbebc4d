import type { CompiledRule } from '../api/kinds.ts';

type Selecting = Pick<CompiledRule, 'podSelector'>;
type Labels = Readonly<Record<string, string>>;

/** Rules by a label that their Pods must have, so that a Pod does not look at all of them. */
export interface LabelIndex<Rule> {
  /** The rules that may select a Pod with these labels, in the order of the index: every one that does is among them. */
  candidates(labels: Labels | undefined): readonly Rule[];
}

interface Entry<Rule> {
  readonly place: number;
  readonly rule: Rule;
}

/** Indexes rules by the label of their `matchLabels` that the fewest of them ask for. */
export function indexByLabel<Rule extends Selecting>(rules: readonly Rule[]): LabelIndex<Rule> {
  const counts = new Map<string, number>();
  for (const key of rules.flatMap(labelKeys)) counts.set(key, (counts.get(key) ?? 0) + 1);
  const anyone: Entry<Rule>[] = [];
  const buckets = new Map<string, Entry<Rule>[]>();
  for (const [place, rule] of rules.entries()) {
    const [rarest] = labelKeys(rule).toSorted((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0));
    const bucket = rarest === undefined ? anyone : (buckets.get(rarest) ?? []);
    if (rarest !== undefined) buckets.set(rarest, bucket);
    bucket.push({ place, rule });
  }
  return {
    candidates: (labels = {}) => {
      const found = Object.entries(labels).flatMap(([name, value]) => buckets.get(labelKey(name, value)) ?? []);
      const all = found.length === 0 ? anyone : [...anyone, ...found].sort((a, b) => a.place - b.place);
      return all.map(({ rule }) => rule);
    },
  };
}

function labelKeys({ podSelector }: Selecting): string[] {
  return Object.entries(podSelector?.matchLabels ?? {}).map(([name, value]) => labelKey(name, value));
}

// Names of labels have no "=".
function labelKey(name: string, value: string): string {
  return `${name}=${value}`;
}
