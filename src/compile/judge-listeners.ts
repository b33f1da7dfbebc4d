import type { Listener, RouteGroupKind } from '../api/gateway.ts';
import { apiGroup, gatewayGroup, listenerProtocol } from '../api/names.ts';
import { type Finding, finding } from '../api/reasons.ts';
import { checkSelector } from './check-selector.ts';

export type RouteKind = 'EgressRoute' | 'ClusterEgressRoute';

/** A listener with what was found; routes attach by `kinds` even when it is not accepted (api.md §3). */
export interface JudgedListener {
  readonly listener: Listener;
  readonly accepted: Finding;
  readonly conflicted: Finding;
  readonly resolvedRefs: Finding;
  /** Supported kinds, in the order of the spec. */
  readonly kinds: readonly RouteKind[];
}

/** Judges the listeners of one Gateway, in the order of its spec. */
export function judgeListeners(listeners: readonly Listener[]): readonly JudgedListener[] {
  return listeners.map((listener) => {
    const conflicts = conflictsOf(listener, listeners);
    const { kinds, resolvedRefs } = judgeKinds(listener);
    return { listener, kinds, resolvedRefs, ...judgeConflict(listener, conflicts) };
  });
}

// CEL upstream makes (port, protocol, hostname) unique, so only listeners that differ in hostname get here.
function conflictsOf(listener: Listener, listeners: readonly Listener[]): readonly string[] {
  if (listener.protocol !== listenerProtocol) return [];
  return listeners
    .filter((other) => other !== listener && other.protocol === listenerProtocol && other.port === listener.port)
    .map(({ name }) => name);
}

function judgeConflict(
  listener: Listener,
  conflicts: readonly string[],
): Pick<JudgedListener, 'accepted' | 'conflicted'> {
  const words = { port: listener.port, others: conflicts.join(', ') };
  const refusal = refuseValue(listener);
  if (conflicts.length === 0) {
    return { accepted: refusal ?? finding('ListenerAccepted', {}), conflicted: finding('ListenerNoConflicts', {}) };
  }
  return {
    accepted: refusal ?? finding('ListenerNotAcceptedConflict', words),
    conflicted: finding('ListenerConflicted', words),
  };
}

function refuseValue({ protocol, tls, hostname, allowedRoutes }: Listener): Finding | undefined {
  if (protocol !== listenerProtocol) return finding('ListenerUnsupportedProtocol', { protocol });
  if (tls !== undefined) {
    return finding('ListenerUnsupportedValue', {
      field: 'tls',
      problem: 'an IP listener terminates nothing; remove it',
    });
  }
  if (hostname !== undefined && hostname !== '') {
    return finding('ListenerUnsupportedValue', { field: 'hostname', problem: 'an IP listener has none; remove it' });
  }
  const { from, selector } = allowedRoutes?.namespaces ?? {};
  // Upstream: "This field is ignored for other values of From".
  if (from !== 'Selector') return undefined;
  const problem = selector === undefined ? 'is needed with from: Selector' : checkSelector(selector);
  if (problem === undefined) return undefined;
  return finding('ListenerUnsupportedValue', { field: 'allowedRoutes.namespaces.selector', problem });
}

function judgeKinds({ protocol, allowedRoutes }: Listener): Pick<JudgedListener, 'kinds' | 'resolvedRefs'> {
  const resolved = finding('ListenerResolvedRefs', {});
  const listed = allowedRoutes?.kinds ?? [];
  const unknown = listed.filter((entry) => routeKind(entry) === undefined);
  const known = listed.length === 0 ? ['EgressRoute' as const] : listed.map(routeKind);
  // A protocol that is not ours takes no kind at all; kinds that nobody here knows are unresolved on any protocol.
  const kinds = protocol === listenerProtocol ? [...new Set(known.filter((kind) => kind !== undefined))] : [];
  if (unknown.length === 0) return { kinds, resolvedRefs: resolved };
  const names = unknown.map(({ group = gatewayGroup, kind }) => `${kind} of group ${group}`).join(', ');
  return { kinds, resolvedRefs: finding('ListenerInvalidRouteKinds', { kinds: names }) };
}

function routeKind({ group = gatewayGroup, kind }: RouteGroupKind): RouteKind | undefined {
  if (group !== apiGroup) return undefined;
  return kind === 'EgressRoute' || kind === 'ClusterEgressRoute' ? kind : undefined;
}
