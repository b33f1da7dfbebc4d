import type { PlanProfile, PortDecision, Verdict } from '../compile/node-plan.ts';
import { disjoint } from '../net/intervals.ts';
import { parseIp } from '../net/ip.ts';
import type { Range } from '../net/range.ts';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

/** Ports of a protocol, both ends included. */
export interface Ports {
  readonly protocol: Protocol;
  readonly port: number;
  readonly endPort: number;
}

/** Destinations for which two profiles decide differently; an absent verdict: Sallyport leaves the packet alone. */
export interface ProfileChange {
  readonly range: Range;
  /** Absent: everything but the ports of other changes that have the same destinations, and those of `except`. */
  readonly ports?: Ports;
  /** Ports for which nothing changes. */
  readonly except?: readonly Ports[];
  readonly before: Verdict | undefined;
  readonly after: Verdict | undefined;
}

/** Where changes are to be told apart though the profiles do not: the edges of a range, of ports in it. */
export interface Cut {
  readonly range: Range;
  readonly ports: readonly Ports[];
}

type Entry =
  | { readonly side: 0 | 1; readonly kind: 'any'; readonly verdict: Verdict }
  | { readonly side: 0 | 1; readonly kind: 'ports'; readonly entry: PortDecision }
  | { readonly kind: 'cut'; readonly cut: Cut };

/** What a Pod's packets meet after the change that they did not before, in pieces that no cut goes through; empty when nothing changes. */
export function compareProfiles(
  before: PlanProfile | undefined,
  after: PlanProfile | undefined,
  cuts: readonly Cut[] = [],
): readonly ProfileChange[] {
  const edges = cuts.map((cut) => ({ range: cut.range, value: { kind: 'cut' as const, cut } }));
  const layers: { range: Range; value: Entry }[] = [...layersOf(before, 0), ...layersOf(after, 1), ...edges];
  return disjoint(layers).flatMap(({ range, values }) => compareAt(range, values));
}

function layersOf(profile: PlanProfile | undefined, side: 0 | 1): { range: Range; value: Entry }[] {
  if (profile === undefined) return [];
  const decisions = new Map(profile.decisions.map((decision) => [decision.name, decision]));
  return profile.destinations.flatMap(({ from, to, decision: name }) => {
    const { ports = [], rest } = decisions.get(name) ?? {};
    const entries: Entry[] = ports.map((entry) => ({ side, kind: 'ports', entry }));
    if (rest !== undefined) entries.push({ side, kind: 'any', verdict: rest });
    return rangeOf(from, to).flatMap((range) => entries.map((value) => ({ range, value })));
  });
}

function rangeOf(from: string, to: string): readonly Range[] {
  const [first, last] = [parseIp(from), parseIp(to)];
  return first === undefined || last === undefined ? [] : [{ family: first.family, from: first.value, to: last.value }];
}

function compareAt(range: Range, values: readonly Entry[]): readonly ProfileChange[] {
  const [anyBefore, anyAfter] = [anyOf(values, 0), anyOf(values, 1)];
  const pieces = portPieces(values.flatMap(portsOf)).map((ports) => {
    const before = verdictAt(values, 0, ports) ?? anyBefore;
    const after = verdictAt(values, 1, ports) ?? anyAfter;
    return { range, ports, before, after };
  });
  const changed = pieces.filter(({ before, after }) => !isSame(before, after));
  if (isSame(anyBefore, anyAfter)) return changed;
  const except = pieces.filter(({ before, after }) => isSame(before, after)).map(({ ports }) => ports);
  const others = { range, before: anyBefore, after: anyAfter };
  return [...changed, except.length === 0 ? others : { ...others, except }];
}

function anyOf(values: readonly Entry[], side: 0 | 1): Verdict | undefined {
  for (const entry of values) if (entry.kind === 'any' && entry.side === side) return entry.verdict;
  return undefined;
}

function verdictAt(values: readonly Entry[], side: 0 | 1, { protocol, port, endPort }: Ports): Verdict | undefined {
  for (const value of values) {
    if (value.kind !== 'ports' || value.side !== side || value.entry.protocol !== protocol) continue;
    if (value.entry.port <= port && endPort <= value.entry.endPort) return value.entry.verdict;
  }
  return undefined;
}

function portsOf(value: Entry): readonly Ports[] {
  if (value.kind === 'any') return [];
  return value.kind === 'ports' ? [value.entry] : value.cut.ports;
}

// Ports in pieces that none begins or ends inside of.
function portPieces(all: readonly Ports[]): readonly Ports[] {
  return [...Map.groupBy(all, ({ protocol }) => protocol)].flatMap(([protocol, own]) => {
    const cuts = [...new Set(own.flatMap(({ port, endPort }) => [port, endPort + 1]))].toSorted((a, b) => a - b);
    return cuts.slice(0, -1).flatMap((port, at) => {
      const endPort = (cuts[at + 1] ?? port + 1) - 1;
      return own.some((each) => each.port <= port && endPort <= each.endPort) ? [{ protocol, port, endPort }] : [];
    });
  });
}

const isSame = (a: Verdict | undefined, b: Verdict | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);
