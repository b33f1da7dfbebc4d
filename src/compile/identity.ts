import type { EgressPlacement, PlacementIdentity } from '../api/kinds.ts';
import type { Family } from '../net/ip.ts';
import { digest } from './digest.ts';
import type { GatewayVerdict } from './node-plan.ts';

/**
 * The verdict of a Pod's flows through a Gateway: its identity of that family by rendezvous hash, so that a Pod sticks to
 * one address while others come and go; without a placement or an address of the family its packets are dropped (decisions.md 6).
 */
export function verdictOf(placement: EgressPlacement | undefined, podUid: string, family: Family): GatewayVerdict {
  const usable = (placement?.spec.identities ?? []).filter((identity) => addressOf(identity, family) !== undefined);
  const [first, ...others] = usable;
  if (first === undefined) return { kind: 'drop' };
  if (others.length === 0) return { kind: 'identity', id: first.id };
  const scored = usable.map(({ id }) => ({ id, score: digest(`${podUid}/${id}`) }));
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a));
  return { kind: 'identity', id: best.id };
}

export function addressOf(identity: PlacementIdentity, family: Family): string | undefined {
  return family === 4 ? identity.ipv4 : identity.ipv6;
}
