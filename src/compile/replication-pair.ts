import type { EgressPlacement, PlacementCandidate } from '../api/kinds.ts';
import { type ChosenCandidates, type IndexedNodes, isLeaving } from './candidates.ts';

/** What a pair is chosen by, beside the candidates. */
export interface PairSeat {
  /** Who reports to own the group. */
  readonly owner?: string;
  /** The pair so far, by name. */
  readonly before: readonly string[];
  /** Whether a candidate reports that it could not own the group (a dead link or next hop); default: none does. */
  isFaulty?(name: string): boolean;
}

/**
 * The two candidates that replicate the group's flows, in the order of candidates; undefined: the first two. The owner, as far as
 * it is known, and the best of the others: the one that is to take over, or to take back, else the one that already has the flows and
 * is well (Ready, without a fault), else one that is: so that the third has them before the second dies, and nobody's copies are thrown away without need.
 */
export function choosePair(
  { candidates, isHandover, returning }: ChosenCandidates,
  nodes: IndexedNodes,
  { owner, before, isFaulty = () => false }: PairSeat,
): readonly string[] | undefined {
  const names = candidates.map(({ node }) => node);
  if (names.length < 3 || owner === undefined || !names.includes(owner)) return keepPair(names, before);
  const heir = isHandover ? highest(candidates) : undefined;
  const next = heir ?? (returning !== undefined && !isFaulty(returning) ? returning : undefined);
  const worth = (name: string) => {
    const node = nodes.get(name);
    const isReady = node?.status.ready === true;
    const isWell = isReady && !isFaulty(name);
    return [name === next, isWell && !isLeaving(node), isWell, isReady, before.includes(name)];
  };
  const others = names.filter((name) => name !== owner);
  const [mate] = others.sort((a, b) => compareWorth(worth(b), worth(a)));
  return told(names, [owner, mate ?? owner]);
}

/** The pair of the group's placements: of the oldest Gateway that has candidates. */
export function currentPair(placements: readonly (EgressPlacement | undefined)[], group: number): readonly string[] {
  const spec = placements.find((each) => each?.spec.group === group && each.spec.candidates.length > 0)?.spec;
  return spec?.replication?.nodes ?? (spec?.candidates ?? []).slice(0, 2).map(({ node }) => node);
}

// Nobody knows who owns: whoever it is, it was one of these.
function keepPair(names: readonly string[], before: readonly string[]): readonly string[] | undefined {
  return names.length < 3 || before.length < 2 || before.some((name) => !names.includes(name))
    ? undefined
    : told(names, before);
}

function told(names: readonly string[], pair: readonly string[]): readonly string[] | undefined {
  const ordered = names.filter((name) => pair.includes(name));
  return ordered.every((name, place) => name === names[place]) ? undefined : ordered;
}

function highest(candidates: readonly PlacementCandidate[]): string | undefined {
  return candidates.toSorted((a, b) => b.priority - a.priority)[0]?.node;
}

function compareWorth(a: readonly boolean[], b: readonly boolean[]): number {
  return a.map((each, place) => Number(each) - Number(b[place])).find((each) => each !== 0) ?? 0;
}
