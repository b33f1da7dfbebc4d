import type { CompiledRule } from '../api/kinds.ts';
import { formatRange, type Range } from '../net/range.ts';
import { totalSize } from '../net/ranges.ts';
import type { Contender } from './contender.ts';
import type { Entry, Span } from './shadow-entry.ts';

/** What one destination of a route loses to other routes. */
export interface Loss {
  /** "203.0.113.0/24 TCP 443": what the winners take. */
  readonly lost: string;
  /** Strongest first, each once; never empty, at most `mostNamed`. */
  readonly winners: readonly CompiledRule['route'][];
  /** Why they win: nothing but age or name tells them apart, or together they leave nothing over. */
  readonly why: 'older' | 'name' | 'everything';
}

/** What one route loses, over all its destinations. */
export interface Shadow {
  /** Never empty; only the first few of a route that loses much. */
  readonly losses: readonly Loss[];
  /** Whether nothing at all is left for the route. */
  readonly isWhole: boolean;
}

/** "203.0.113.0/24 TCP 443": all of an entry. */
export function describeEntry({ contender, port, account }: Entry): string {
  return describe(contender, contender.text, { ports: port === undefined ? [] : [port], account });
}

/** The same of a part of it: ranges and ports that were cut off. */
export function describePart({ contender, account }: Entry, ranges: readonly Range[], ports: readonly Span[]): string {
  const isAll = totalSize(ranges) === totalSize(contender.region);
  return describe(contender, isAll ? contender.text : list(ranges.map(formatRange)), { ports, account });
}

interface Narrowing {
  readonly ports: readonly Span[];
  readonly account: string | undefined;
}

function describe({ rule }: Contender, where: string, { ports, account }: Narrowing): string {
  const [first] = ports;
  const numbers = ports.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`));
  const isAnyPort = ports.some(({ from, to }) => from === 0 && to === 65535);
  const what = first === undefined ? '' : ` ${first.protocol}${isAnyPort ? '' : ` ${list(numbers)}`}`;
  const isOneOfMany = account !== undefined && (rule.serviceAccounts ?? []).length > 1;
  return `${where}${what}${isOneOfMany ? ` of ServiceAccount ${account}` : ''}`;
}

/** The message of condition Shadowed; `gatewayOf` tells where a winner leads. */
export function describeShadow(shadow: Shadow, gatewayOf: (route: CompiledRule['route']) => string): string {
  const groups = [...Map.groupBy(shadow.losses, ({ why, winners }) => `${why} ${JSON.stringify(winners)}`).values()];
  const texts = groups.flatMap(([loss, ...more]) => {
    if (loss === undefined) return [];
    const lost = list([...new Set([loss, ...more].map((entry) => entry.lost))]);
    const names = loss.winners.map((route) => `${nameOf(route)} (Gateway ${gatewayOf(route)})`);
    return [`${list(names)}${wins[loss.why](loss.winners.length)} ${lost}`];
  });
  return `${shadow.isWhole ? 'nothing is left for this route: ' : ''}${texts.slice(0, most).join('; ')}${texts.length > most ? '; and more' : ''}`;
}

const wins: Readonly<Record<Loss['why'], (count: number) => string>> = {
  older: () => ', which is older, wins for',
  name: () => ', as old as this one, comes first by name and wins for',
  everything: (count) => (count === 1 ? ' comes first and leaves nothing of' : ' come first and leave nothing of'),
};

const most = 3;
/** One more than is told, so that what is told ends with "and more". */
export const mostNamed = most + 1;

function list(texts: readonly string[]): string {
  return `${texts.slice(0, most).join(', ')}${texts.length > most ? ' and more' : ''}`;
}

function nameOf({ kind, namespace, name }: CompiledRule['route']): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
