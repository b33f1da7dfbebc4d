import type { PlacementCandidate } from '../api/kinds.ts';
import type { IndexedNodes } from './candidates.ts';

/** How a failover group stands when its candidates are written. */
export interface JoinSeat {
  /** Its candidates so far. */
  readonly current: readonly PlacementCandidate[];
  /** Who reports to own it. */
  readonly owner?: string;
  /** Whether a node reports to have applied the placement as it is. */
  hasApplied(name: string): boolean;
}

/**
 * Pure: candidates, of which newcomers wait: who sends adverts by unicast does not send them to somebody it has not heard of, and a newcomer
 * that hears none takes over (RFC 5798 §6.4.2). A newcomer waits until the owner, or while nobody says who that is all others that are Ready,
 * have applied a placement that names it; where none of the others is Ready it does not, for then nobody else can own the group.
 */
export function markJoining(
  candidates: readonly PlacementCandidate[],
  nodes: IndexedNodes,
  { current, owner, hasApplied }: JoinSeat,
): readonly PlacementCandidate[] {
  const settled = current
    .filter(({ joining, leaving }) => joining !== true && leaving !== true)
    .map(({ node }) => node);
  const guards = settled.filter((name) => {
    return candidates.some(({ node }) => node === name) && nodes.get(name)?.status.ready === true;
  });
  const tellers = owner !== undefined && settled.includes(owner) ? [owner] : guards;
  const isKnown = (name: string) =>
    settled.includes(name) || (current.some(({ node }) => node === name) && tellers.every(hasApplied));
  return candidates.map((candidate) =>
    guards.length === 0 || isKnown(candidate.node) ? candidate : { ...candidate, joining: true },
  );
}

/** VRRP's lowest (RFC 5798 §5.2.4): a node that leaves does not speak, and comes before nobody. */
const leavingPriority = 1;
const mostListed = 8;

/**
 * Pure: candidates, and behind them the nodes that are to be none any more, until each has applied a placement that says so: who still
 * speaks VRRP when the owner has left it out hears no adverts, and takes over. Never more than 8 together.
 */
export function keepLeaving(
  candidates: readonly PlacementCandidate[],
  nodes: IndexedNodes,
  { current, hasApplied }: Pick<JoinSeat, 'current' | 'hasApplied'>,
): readonly PlacementCandidate[] {
  const isOver = ({ node, joining, leaving }: PlacementCandidate) =>
    !nodes.has(node) || ((leaving === true || joining === true) && hasApplied(node));
  const last = current
    .filter((before) => !candidates.some(({ node }) => node === before.node) && !isOver(before))
    .map(({ node, address }) => ({ node, address, priority: leavingPriority, leaving: true }));
  return [...candidates, ...last].slice(0, Math.max(mostListed, candidates.length));
}
