import type { Condition } from '../../../src/api/meta.ts';
import type { ClassDecision } from './classes.ts';
import type { Decision } from './decision.ts';
import type { GatewayDecision } from './gateways.ts';
import type { ListenerDecision } from './listeners.ts';
import { isAccepted } from './routes.ts';
import { isTrue, type Verdict, verdict, writeConditions } from './verdict.ts';
import type { View } from './view.ts';

/** What a status is written from. */
export interface Reporting {
  readonly view: View;
  readonly decision: Decision;
  /** Addresses that a Gateway has bound, by uid. */
  boundOf(uid: string): readonly string[];
  /** Whether the nodes follow the route's current generation through this Gateway. */
  isProgrammed(route: string, generation: number, gateway: string): boolean;
  /** Whether a node holds the Gateway's addresses. */
  isOwned(uid: string): boolean;
}

/** Status of a GatewayClass; `features` are what the implementation has. */
export function classStatus(view: View, { object, accepted }: ClassDecision, features: readonly string[]): unknown {
  const { wrong } = view;
  const version = verdict('SupportedVersion', 'True', 'SupportedVersion', 'Gateway API v1.6.1 is installed');
  const verdicts = wrong('supported-version-missing') ? [accepted] : [accepted, version];
  const sorted = [...features].sort();
  const names = wrong('features-unsorted') ? sorted.toReversed() : sorted;
  return {
    conditions: conditions(view, object, object.status?.conditions ?? [], verdicts),
    ...(wrong('features-missing') ? {} : { supportedFeatures: names.map((name) => ({ name })) }),
  };
}

function conditions(
  { now, wrong }: View,
  object: { readonly metadata: { readonly generation: number } },
  previous: readonly Condition[],
  verdicts: readonly Verdict[],
): readonly Condition[] {
  return writeConditions(verdicts, { conditions: previous, generation: object.metadata.generation, now }, wrong);
}

/** Status of a Gateway with its listeners. */
export function gatewayStatus(reporting: Reporting, gateway: GatewayDecision): unknown {
  const { view } = reporting;
  const { object, listeners } = gateway;
  const { uid } = object.metadata;
  const { wrong } = view;
  const programmed = judgeProgrammed(reporting, gateway);
  const granted = reporting.decision.allocation.grants.get(uid)?.addresses ?? [];
  const real = reporting.boundOf(uid);
  const early = [...new Set([...wishes(gateway), ...granted])];
  const bound = early.length > real.length && wrong('status-lists-unbound-addresses') ? early : real;
  const type = bound.length > 0 && wrong('status-address-type') ? 'Hostname' : 'IPAddress';
  const verdicts = [gateway.accepted, programmed, resolvedRefs(listeners)];
  return {
    addresses: wrong('status-addresses-missing') ? [] : bound.map((value) => ({ type, value })),
    conditions: conditions(view, object, object.status?.conditions ?? [], verdicts),
    listeners: [
      ...listeners.map((listener) => listenerStatus(reporting, { gateway, listener, programmed })),
      ...removedListeners(view, gateway),
    ],
  };
}

function removedListeners({ wrong }: View, { object, listeners }: GatewayDecision): readonly unknown[] {
  const gone = (object.status?.listeners ?? []).filter(
    ({ name }) => !listeners.some(({ listener }) => listener.name === name),
  );
  return gone.length > 0 && wrong('removed-listener-keeps-status') ? gone : [];
}

function wishes({ object }: GatewayDecision): readonly string[] {
  return (object.spec.addresses ?? []).flatMap(({ type, value = '' }) => {
    return (type ?? 'IPAddress') === 'IPAddress' && value !== '' ? [value] : [];
  });
}

function judgeProgrammed(
  { view, decision, boundOf, isOwned }: Reporting,
  { object, accepted }: GatewayDecision,
): Verdict {
  const { wrong } = view;
  if (!isTrue(accepted) && !wrong('refused-gateway-programmed')) {
    return verdict('Programmed', 'False', 'Invalid', accepted.message);
  }
  const { uid } = object.metadata;
  const { addresses, problem } = decision.allocation.grants.get(uid) ?? { addresses: [] };
  if (problem !== undefined && !wrong('programmed-without-address')) return problem;
  const bound = boundOf(uid);
  const ready = addresses.every((address) => bound.includes(address)) && isOwned(uid);
  if (ready || wrong('programmed-before-data-plane')) {
    return verdict('Programmed', 'True', 'Programmed', `${addresses.join(', ')} in use`);
  }
  return verdict('Programmed', 'False', 'Pending', 'waiting for the nodes');
}

function resolvedRefs(listeners: readonly ListenerDecision[]): Verdict {
  const bad = listeners.filter((listener) => !isTrue(listener.resolvedRefs)).map(({ listener }) => listener.name);
  if (bad.length === 0) return verdict('ResolvedRefs', 'True', 'ResolvedRefs', 'all references are resolved');
  return verdict('ResolvedRefs', 'False', 'ListenersNotResolved', `not resolved: ${bad.join(', ')}`);
}

interface ListenerPlace {
  readonly gateway: GatewayDecision;
  readonly listener: ListenerDecision;
  readonly programmed: Verdict;
}

function listenerStatus(reporting: Reporting, { gateway, listener, programmed }: ListenerPlace): unknown {
  const { view } = reporting;
  const { name } = listener.listener;
  const before = gateway.object.status?.listeners?.find((entry) => entry.name === name)?.conditions ?? [];
  const usable = isTrue(listener.accepted) && isTrue(gateway.accepted);
  const refused = verdict('Programmed', 'False', 'Invalid', 'not accepted');
  const verdicts = [
    listener.accepted,
    listener.conflicted,
    listener.resolvedRefs,
    usable ? programmedAs(programmed) : refused,
  ];
  const written = conditions(view, gateway.object, before, verdicts);
  const bare = written.map(({ observedGeneration: _, ...condition }) => condition);
  return {
    name,
    supportedKinds: listener.kinds.map((kind) => ({ group: 'sallyport.dev', kind })),
    attachedRoutes: countRoutes(reporting, gateway, name),
    conditions: view.wrong('listener-observed-generation-missing') ? bare : written,
  };
}

function programmedAs({ status, message }: Verdict): Verdict {
  return verdict('Programmed', status, status === 'True' ? 'Programmed' : 'Pending', message);
}

function countRoutes({ view, decision }: Reporting, { key, listeners }: GatewayDecision, name: string): number {
  const { wrong } = view;
  const own = listeners.find(({ listener }) => listener.name === name);
  if (own !== undefined && !isTrue(own.accepted) && wrong('refused-listener-counts-none')) return 0;
  const counts = decision.routes.map(({ parents, winner }) => {
    const here = parents.filter(({ gateway }) => gateway.key === key);
    if (!here.every(isAccepted) && wrong('refused-routes-counted')) return 1;
    if (winner?.gateway.key !== key && wrong('only-winning-parent-counted')) return 0;
    const taken = here.filter((parent) => isAccepted(parent) && parent.listeners.includes(name)).length;
    if (taken === 0 && here.some(isAccepted) && wrong('route-counted-for-every-listener')) return 1;
    if (taken > 0 && here.length > 1 && wrong('route-counted-per-parent-ref')) return here.filter(isAccepted).length;
    return Math.min(taken, 1);
  });
  return counts.reduce((sum, count) => sum + count, 0);
}
