import type { Listener } from '../../../src/api/gateway.ts';
import { isTrue, type Verdict, verdict } from './verdict.ts';
import type { View } from './view.ts';

const listenerProtocol = 'sallyport.dev/IP';
const routeGroup = 'sallyport.dev';

/** A listener as it is judged; routes attach by `kinds`, accepted or not (api.md §3). */
export interface ListenerDecision {
  readonly listener: Listener;
  readonly accepted: Verdict;
  readonly conflicted: Verdict;
  readonly resolvedRefs: Verdict;
  readonly kinds: readonly string[];
}

/** Judges every listener of a Gateway. */
export function decideListeners(view: View, listeners: readonly Listener[]): readonly ListenerDecision[] {
  return listeners.map((listener, index) => {
    const rivals = conflictsOf(view, listeners, index);
    const { kinds, resolvedRefs } = decideKinds(view, listener);
    return { listener, kinds, resolvedRefs, ...judge(view, listener, rivals) };
  });
}

function conflictsOf({ wrong }: View, listeners: readonly Listener[], at: number): readonly string[] {
  const mine = listeners[at];
  if (mine?.protocol !== listenerProtocol) return [];
  const rivals = listeners.filter((other, index) => {
    const isTwin = index !== at && other.protocol === mine.protocol && other.port === mine.port;
    return isTwin && (index < at || !wrong('first-conflicting-listener-wins'));
  });
  return rivals.length > 0 && wrong('conflicts-not-seen') ? [] : rivals.map(({ name }) => name);
}

function judge(
  view: View,
  listener: Listener,
  rivals: readonly string[],
): Pick<ListenerDecision, 'accepted' | 'conflicted'> {
  const refusal = refuse(view, listener);
  if (rivals.length === 0) {
    const accepted = refusal ?? verdict('Accepted', 'True', 'Accepted', 'the listener is valid');
    return { accepted, conflicted: verdict('Conflicted', 'False', 'NoConflicts', 'the port is its own') };
  }
  const problem = `port ${listener.port} is also used by ${rivals.join(', ')}`;
  const unavailable = view.wrong('conflicting-listeners-accepted')
    ? verdict('Accepted', 'True', 'Accepted', problem)
    : verdict('Accepted', 'False', 'PortUnavailable', problem);
  return { accepted: refusal ?? unavailable, conflicted: verdict('Conflicted', 'True', 'HostnameConflict', problem) };
}

function refuse({ wrong }: View, listener: Listener): Verdict | undefined {
  const { protocol, tls, hostname } = listener;
  if (protocol !== listenerProtocol) {
    if (wrong('http-listener-accepted')) return undefined;
    const reason = wrong('protocol-reason-invalid') ? 'Invalid' : 'UnsupportedProtocol';
    return verdict('Accepted', 'False', reason, `protocol ${protocol}: only ${listenerProtocol} is supported`);
  }
  if (tls !== undefined && !wrong('listener-tls-ignored')) {
    return verdict('Accepted', 'False', 'UnsupportedValue', 'tls: an IP listener has none');
  }
  if ((hostname ?? '') !== '' && !wrong('listener-hostname-ignored')) {
    return verdict('Accepted', 'False', 'UnsupportedValue', 'hostname: an IP listener has none');
  }
  return undefined;
}

function decideKinds(view: View, listener: Listener): Pick<ListenerDecision, 'kinds' | 'resolvedRefs'> {
  const { wrong } = view;
  const resolved = verdict('ResolvedRefs', 'True', 'ResolvedRefs', 'every kind is known');
  const unsupported = listener.protocol !== listenerProtocol;
  if (unsupported && !wrong('kinds-of-unsupported-protocol')) return { kinds: [], resolvedRefs: resolved };
  const listed = listener.allowedRoutes?.kinds ?? [];
  if (listed.length === 0 || wrong('route-kinds-ignored')) {
    return { kinds: defaultKinds(view), resolvedRefs: resolved };
  }
  const known = listed.filter((entry) => isKnown(view, entry)).map(({ kind }) => kind);
  const unknown = listed.filter((entry) => !isKnown(view, entry)).map(({ kind }) => kind);
  if (unknown.length === 0 || wrong('unknown-kinds-resolved')) return { kinds: known, resolvedRefs: resolved };
  const problem = `allowedRoutes.kinds: unknown: ${unknown.join(', ')}; mind that group defaults to Gateway API's`;
  return {
    kinds: wrong('unknown-kind-empties-the-list') ? [] : known,
    resolvedRefs: verdict('ResolvedRefs', 'False', 'InvalidRouteKinds', problem),
  };
}

function defaultKinds({ wrong }: View): readonly string[] {
  return wrong('cluster-routes-need-no-listing') ? ['EgressRoute', 'ClusterEgressRoute'] : ['EgressRoute'];
}

function isKnown({ wrong }: View, { group, kind }: { readonly group?: string; readonly kind: string }): boolean {
  const known = kind === 'EgressRoute' || kind === 'ClusterEgressRoute';
  if (!known) return false;
  return group === routeGroup ? !wrong('own-route-group-unknown') : wrong('kind-group-ignored');
}

/** Whether at least one listener is accepted. */
export function someAccepted(listeners: readonly ListenerDecision[]): boolean {
  return listeners.some(({ accepted }) => isTrue(accepted));
}
