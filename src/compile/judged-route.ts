import type { ParentReference } from '../api/kinds.ts';
import type { Finding } from '../api/reasons.ts';
import type { AnyRoute, CompiledRoute } from './compile-rules.ts';
import type { JudgedGateway } from './judge-gateways.ts';
import type { RouteKind } from './judge-listeners.ts';

/** A parentRef that names a Gateway of ours, with what was found. */
export interface JudgedParent {
  readonly ref: ParentReference;
  readonly gateway: JudgedGateway;
  readonly accepted: Finding;
  /** Names of the listeners that take the route; empty unless accepted. */
  readonly listeners: readonly string[];
}

/** A route with its parents of ours, in the order of its parentRefs. */
export interface JudgedRoute {
  readonly kind: RouteKind;
  readonly route: AnyRoute;
  readonly compiled: CompiledRoute;
  readonly parents: readonly JudgedParent[];
  /** The first accepted parent carries the route's traffic, even while it is not programmed (decisions.md 6). */
  readonly winner?: JudgedParent;
  readonly partiallyInvalid?: Finding;
  readonly noParent?: Finding;
  /** What it loses to other routes that carry traffic. */
  readonly shadowed?: Finding;
}
