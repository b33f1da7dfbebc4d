import type { CompiledRule } from '../api/kinds.ts';
import { intersect, normalise, totalSize } from '../net/ranges.ts';
import type { Contender } from './contender.ts';
import { compareCreated, comparePrecedence, hasPorts, sameRank } from './precedence.ts';
import { demandsLess } from './rival-index.ts';
import { type Entry, entriesOf, spansWithin } from './shadow-entry.ts';
import { describeEntry, describePart, type Loss, mostNamed } from './shadow-words.ts';

/** What becomes of one entry: nothing is lost, or a part, or everything. */
export interface Outcome {
  readonly losses: readonly Loss[];
  readonly isWhole: boolean;
}

/** Those who may match the same packets: `exact` have its prefix or a shorter one, `inside` a longer one. */
export interface Rivals {
  /** Strongest first; only as many are asked for as are needed. */
  exact(contender: Contender): Iterable<Contender>;
  inside(contender: Contender): readonly Contender[];
  /** Leaves out those whose rule it refuses. */
  accepts?(rule: CompiledRule): boolean;
}

const nothing: Outcome = { losses: [], isWhole: false };

/**
 * What each entry of `contender` loses to other routes. It counts where a rule of the same rank comes first only by age or
 * name, or where stronger rules leave nothing of the entry; that a more specific rule takes a part is what precedence is for.
 */
export function judgeContender(contender: Contender, rivals: Rivals): readonly Outcome[] {
  return entriesOf(contender).map((entry) => judgeEntry(entry, rivals));
}

function judgeEntry(entry: Entry, rivals: Rivals): Outcome {
  const { contender } = entry;
  if (contender.region.length === 0) return nothing;
  const takes = (rival: Contender) => overtakes(rival, entry) && rivals.accepts?.(rival.rule) !== false;
  const partial: Contender[] = [];
  for (const rival of rivals.exact(contender)) {
    if (!takes(rival)) continue;
    if (takeAll([rival], entry)) return { losses: [lossTo(rival, entry)], isWhole: true };
    partial.push(rival);
  }
  const inside = rivals.inside(contender);
  if (mayFill([...inside, ...partial], contender)) {
    const all = [...inside.filter(takes), ...partial];
    if (takeAll(all, entry)) return { losses: [lossToAll(all, entry)], isWhole: true };
  }
  const ties = partial.filter((rival) => sameRank(rival, contender));
  return {
    losses: ties.slice(0, mostNamed).map((rival) => lossTo(rival, entry, describeTaken(rival, entry))),
    isWhole: false,
  };
}

/** Whether the rival comes first for some packets of the entry, whichever of its Pods sends them. */
function overtakes(rival: Contender, { contender, port, account }: Entry): boolean {
  const { rule } = rival;
  if (isSameRoute(rule, contender.rule)) return false;
  if (hasPorts(rule) && (port === undefined || spansWithin(rule, port).length === 0)) return false;
  const accounts = rule.serviceAccounts ?? [];
  if (accounts.length > 0 && (account === undefined || !accounts.includes(account))) return false;
  if (!demandsLess(rival, contender) || comparePrecedence(rival, contender) > 0) return false;
  // Prefixes lie in each other or apart: only exceptions make it worth while to compute.
  return (!rival.isCut && !contender.isCut) || intersect(rival.region, contender.region).length > 0;
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

function coverRegion(rivals: readonly Contender[], { region, prefix }: Contender): boolean {
  if (rivals.some((rival) => rival.prefix <= prefix && !rival.isCut)) return true;
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

function lossTo(rival: Contender, entry: Entry, lost = describeEntry(entry)): Loss {
  const { rule } = entry.contender;
  const isOlder = compareCreated(rival.rule, rule) < 0;
  const why = !sameRank(rival, entry.contender) ? 'everything' : isOlder ? 'older' : 'name';
  return { lost, winners: [rival.rule.route], why };
}

function describeTaken({ rule, region }: Contender, entry: Entry): string {
  const { port, contender } = entry;
  const spans = port === undefined ? [] : hasPorts(rule) ? spansWithin(rule, port) : [port];
  return describePart(entry, intersect(region, contender.region), spans);
}

function lossToAll(rivals: readonly Contender[], entry: Entry): Loss {
  const sorted = rivals.toSorted(comparePrecedence);
  const routes = new Map(
    sorted.map(({ rule: { route } }) => [`${route.kind}/${route.namespace}/${route.name}`, route]),
  );
  return { lost: describeEntry(entry), winners: [...routes.values()].slice(0, mostNamed), why: 'everything' };
}
