import type { CompiledRule, RoutePort } from '../api/kinds.ts';
import type { Contender } from './contender.ts';

/** The smallest thing that is judged: one destination, one entry of `ports`, one ServiceAccount. */
export interface Entry {
  readonly contender: Contender;
  readonly port?: Span;
  readonly account?: string;
}

/** Ports of one protocol, both ends included. */
export interface Span {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
}

/** The entries of a destination: every combination of what its rule names, each once. */
export function entriesOf(contender: Contender): readonly Entry[] {
  const { ports = [], serviceAccounts = [] } = contender.rule;
  const spans = ports.length === 0 ? [{}] : ports.map((port) => ({ port: spanOf(port) }));
  const accounts = serviceAccounts.length === 0 ? [{}] : serviceAccounts.map((account) => ({ account }));
  return spans.flatMap((span) => accounts.map((account) => ({ contender, ...span, ...account })));
}

function spanOf({ protocol = 'TCP', port, endPort }: RoutePort): Span {
  return { protocol, from: port ?? 0, to: endPort ?? port ?? 65535 };
}

/** The parts of `port` that a rule with ports covers. */
export function spansWithin({ ports = [] }: CompiledRule, { protocol, from, to }: Span): readonly Span[] {
  return ports.map(spanOf).flatMap((span) => {
    if (span.protocol !== protocol || span.to < from || span.from > to) return [];
    return [{ protocol, from: Math.max(from, span.from), to: Math.min(to, span.to) }];
  });
}
