import type { EgressPlacement } from '../api/kinds.ts';

/** What a node still owns, or what it owned before. */
export interface GatewaySeat {
  readonly namespace: string;
  readonly name: string;
  /** Who owns its addresses now; absent while nobody says so. */
  readonly owner?: string;
}

/** A Gateway that a node has not handed over yet. */
export interface HeldGateway extends GatewaySeat {
  /** Why, in words for people. */
  readonly why: string;
}

/**
 * Pure: the Gateways whose addresses a node owns, or may own because nobody says who does, by name; `had`: those that it had before,
 * as NAMESPACE/NAME: between the last word of one owner and the first of the next nobody is said to own them.
 */
export function heldBy(
  node: string,
  placements: readonly EgressPlacement[],
  had: ReadonlySet<string> = new Set(),
): readonly HeldGateway[] {
  const isHeld = ({ spec, status }: EgressPlacement) => {
    if (status?.owner !== undefined) return status.owner === node;
    return spec.candidates[0]?.node === node || had.has(`${spec.gateway.namespace}/${spec.gateway.name}`);
  };
  return placements
    .filter(isHeld)
    .map((placement) => ({ ...seatOf(placement), why: whyHeld(node, placement) }))
    .toSorted((a, b) => compare(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`));
}

/** Pure: where a Gateway's addresses are. */
export function seatOf({ spec, status }: EgressPlacement): GatewaySeat {
  return { ...spec.gateway, ...(status?.owner === undefined ? {} : { owner: status.owner }) };
}

function whyHeld(node: string, { spec, status }: EgressPlacement): string {
  const heir = spec.candidates.toSorted((a, b) => b.priority - a.priority)[0]?.node;
  const degraded = status?.conditions?.find(({ type }) => type === 'sallyport.dev/Degraded');
  const more = degraded?.status === 'True' ? `: ${degraded.message}` : '';
  if (spec.candidates.length < 2) return `no other node can own it${more}`;
  // The controller puts an heir before the owner when it has seen that the owner is to leave.
  if (heir === node)
    return `nobody is to take it over yet: no other candidate is Ready and stays, or no controller runs${more}`;
  return `${heir} is to take it over${more}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
