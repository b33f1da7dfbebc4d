import type { CompiledRule } from '../api/kinds.ts';
import { intersect, normalise, totalSize } from '../net/ranges.ts';
import type { Contender } from './contender.ts';
import { comparePrecedence, hasPorts, sameRank } from './precedence.ts';
import { type Entry, entriesOf, spansWithin } from './shadow-entry.ts';
import { describeEntry, describePart, type Loss } from './shadow-words.ts';

/** What becomes of one entry: nothing is lost, or a part, or everything. */
export interface Outcome {
  readonly losses: readonly Loss[];
  readonly isWhole: boolean;
}

/** Those who match at least the same Pods: `exact` have its prefix or a shorter one, `inside` a longer one. */
export interface Rivals {
  /** Strongest first. */
  readonly exact: readonly Contender[];
  readonly inside: readonly Contender[];
}

const nothing: Outcome = { losses: [], isWhole: false };

/**
 * What each entry of `contender` loses to other routes. It counts where a rule of the same rank comes first only by age or
 * name, or where stronger rules leave nothing of the entry; that a more specific rule takes a part is what precedence is for.
 */
export function judgeContender(contender: Contender, rivals: Rivals): readonly Outcome[] {
  const entries = entriesOf(contender);
  const isFree = rivals.exact.length === 0 && !mayFill(rivals.inside, contender);
  return entries.map((entry) => (isFree ? nothing : judgeEntry(entry, rivals)));
}

function judgeEntry(entry: Entry, { exact, inside }: Rivals): Outcome {
  const { contender } = entry;
  if (contender.region.length === 0) return nothing;
  const partial: Contender[] = [];
  for (const rival of exact) {
    if (!overtakes(rival, entry)) continue;
    if (takeAll([rival], entry)) return { losses: [lossTo(rival, entry)], isWhole: true };
    partial.push(rival);
  }
  if (mayFill([...inside, ...partial], contender)) {
    const all = [...inside.filter((rival) => overtakes(rival, entry)), ...partial].sort(comparePrecedence);
    if (takeAll(all, entry)) return { losses: [lossToAll(all, entry)], isWhole: true };
  }
  const ties = partial.filter((rival) => sameRank(rival, contender));
  return { losses: ties.map((rival) => lossTo(rival, entry)), isWhole: false };
}

/** Whether the rival comes first for some packets of the entry, whichever of its Pods sends them. */
function overtakes(rival: Contender, { contender, port, account }: Entry): boolean {
  const { rule } = rival;
  if (isSameRoute(rule, contender.rule) || comparePrecedence(rival, contender) > 0) return false;
  const accounts = rule.serviceAccounts ?? [];
  if (accounts.length > 0 && (account === undefined || !accounts.includes(account))) return false;
  if (hasPorts(rule) && (port === undefined || spansWithin(rule, port).length === 0)) return false;
  return intersect(rival.region, contender.region).length > 0;
}

function isSameRoute({ route: a }: CompiledRule, { route: b }: CompiledRule): boolean {
  return a.name === b.name && a.namespace === b.namespace && a.kind === b.kind;
}

// Ports are cut at the rivals' edges: between two edges each of them takes all or nothing.
function takeAll(rivals: readonly Contender[], { contender, port }: Entry): boolean {
  if (port === undefined) return coverRegion(rivals, contender);
  const edges = rivals.flatMap(({ rule }) => spansWithin(rule, port).flatMap(({ from, to }) => [from, to + 1]));
  const starts = new Set([port.from, ...edges.filter((edge) => edge <= port.to)]);
  return [...starts].every((at) => {
    const there = { ...port, from: at, to: at };
    const taking = rivals.filter(({ rule }) => !hasPorts(rule) || spansWithin(rule, there).length > 0);
    return coverRegion(taking, contender);
  });
}

function coverRegion(rivals: readonly Contender[], { region }: Contender): boolean {
  const taken = intersect(normalise(rivals.flatMap((rival) => rival.region)), region);
  return totalSize(taken) === totalSize(region);
}

// Cheap, and before all else: what lies inside a default route is mostly far too small to fill it.
function mayFill(rivals: readonly Contender[], { prefix, region, cidr }: Contender): boolean {
  const bits = cidr.family === 4 ? 32 : 128;
  const needed = Number(totalSize(region)) / 2 ** (bits - prefix);
  const shares = rivals.map((rival) => 2 ** (prefix - Math.max(rival.prefix, prefix)));
  return shares.reduce((sum, share) => sum + share, 0) >= needed * 0.999;
}

function lossTo(rival: Contender, entry: Entry): Loss {
  const { rule } = entry.contender;
  const spans =
    entry.port === undefined ? [] : hasPorts(rival.rule) ? spansWithin(rival.rule, entry.port) : [entry.port];
  const isOlder = Date.parse(rival.rule.created) < Date.parse(rule.created);
  return {
    lost: describePart(entry, intersect(rival.region, entry.contender.region), spans),
    winners: [rival.rule.route],
    why: !sameRank(rival, entry.contender) ? 'everything' : isOlder ? 'older' : 'name',
  };
}

function lossToAll(rivals: readonly Contender[], entry: Entry): Loss {
  const routes = new Map(
    rivals.map(({ rule: { route } }) => [`${route.kind}/${route.namespace}/${route.name}`, route]),
  );
  return { lost: describeEntry(entry), winners: [...routes.values()], why: 'everything' };
}
