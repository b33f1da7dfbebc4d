import type { ParentReference, RouteParentStatus } from '../../../src/api/kinds.ts';
import { sameJson } from '../cluster/json.ts';
import { isAccepted, type ParentDecision, type RouteDecision } from './routes.ts';
import type { Shadows } from './shadows.ts';
import type { Reporting } from './status.ts';
import { type Verdict, verdict, writeConditions } from './verdict.ts';

/** Status of a route: our entries are renewed, those of other controllers stay as they are. */
export function routeStatus(reporting: Reporting, route: RouteDecision, shadows: Shadows): unknown {
  const { view } = reporting;
  const { object, parents } = route;
  const before = object.status?.parents ?? [];
  const foreign = before.filter(({ controllerName }) => controllerName !== view.controllerName);
  const entries = parents.map((parent) => parentStatus(reporting, route, { parent, shadows }));
  const gone = staleEntries(reporting, route);
  const stale = gone.length > 0 && view.wrong('stale-parents-kept') ? gone : [];
  const kept = foreign.length > 0 && view.wrong('foreign-parents-removed') ? [] : foreign;
  return {
    ...noParent(reporting, route),
    parents: [...kept.map((entry) => steal(reporting, entry)), ...entries, ...stale, ...strangers(reporting, route)],
    ...sourceAddresses(reporting, route),
  };
}

function staleEntries({ view }: Reporting, { object, parents }: RouteDecision): readonly RouteParentStatus[] {
  return (object.status?.parents ?? []).filter(({ controllerName, parentRef }) => {
    return controllerName === view.controllerName && !parents.some(({ ref }) => sameJson(ref, parentRef));
  });
}

function steal({ view }: Reporting, entry: RouteParentStatus): RouteParentStatus {
  return view.wrong('foreign-parents-stolen') ? { ...entry, controllerName: view.controllerName } : entry;
}

// What is right: no entry for a parent that is missing or somebody else's.
function strangers({ view }: Reporting, { object, parents }: RouteDecision): readonly RouteParentStatus[] {
  const unknown = (object.spec.parentRefs ?? []).filter((ref) => !parents.some((parent) => parent.ref === ref));
  const wanted = unknown.filter((ref) => {
    const exists = view.store.get('Gateway', ref.namespace ?? object.metadata.namespace, ref.name) !== undefined;
    return view.wrong(exists ? 'entry-for-foreign-parent' : 'entry-for-missing-parent');
  });
  return wanted.map((parentRef) => {
    const refused = verdict('Accepted', 'False', 'NoMatchingParent', 'there is no such Gateway');
    return entry({ view }, { parentRef, object, verdicts: [refused] });
  });
}

interface Entry {
  readonly parentRef: ParentReference;
  readonly object: RouteDecision['object'];
  readonly verdicts: readonly Verdict[];
}

function entry({ view }: Pick<Reporting, 'view'>, { parentRef, object, verdicts }: Entry): RouteParentStatus {
  const before = object.status?.parents?.find((one) => {
    return one.controllerName === view.controllerName && sameJson(one.parentRef, parentRef);
  });
  const { generation } = object.metadata;
  const previous = { conditions: before?.conditions ?? [], generation, now: view.now };
  const cut = parentRef.sectionName !== undefined && view.wrong('parent-ref-without-section');
  const shown = cut ? { ...parentRef, sectionName: undefined } : parentRef;
  return {
    parentRef: JSON.parse(JSON.stringify(shown)) as ParentReference,
    controllerName: view.controllerName,
    conditions: writeConditions(verdicts, previous, view.wrong),
  };
}

function noParent({ view }: Reporting, { object, parents }: RouteDecision): object {
  if (parents.length > 0 || view.wrong('no-parent-never-said')) return {};
  const refused = verdict('Accepted', 'False', 'NoParent', 'no parentRef names a Gateway of this controller');
  const { generation } = object.metadata;
  const previous = { conditions: object.status?.conditions ?? [], generation, now: view.now };
  return { conditions: writeConditions([refused], previous, view.wrong) };
}

interface ParentPlace {
  readonly parent: ParentDecision;
  readonly shadows: Shadows;
}

function parentStatus(reporting: Reporting, route: RouteDecision, place: ParentPlace): RouteParentStatus {
  const { parent, shadows } = place;
  const { wrong } = reporting.view;
  const verdicts: Verdict[] = [parent.accepted];
  if (!wrong('route-resolved-refs-missing')) {
    verdicts.push(verdict('ResolvedRefs', 'True', 'ResolvedRefs', 'there are no references'));
  }
  if (isAccepted(parent)) {
    if (route.dropped.length > 0 && !wrong('partially-invalid-not-reported')) {
      verdicts.push(
        verdict('PartiallyInvalid', 'True', 'UnsupportedValue', `Dropped Rule: ${route.dropped.join('; ')}`),
      );
    }
    verdicts.push(judgeProgrammed(reporting, route));
    const winner = shadows.get(route.object.metadata.uid);
    if (winner !== undefined && !wrong('shadowed-not-reported')) {
      verdicts.push(verdict('sallyport.dev/Shadowed', 'True', 'Shadowed', shadowMessage(reporting, winner)));
    }
  }
  return entry(reporting, { parentRef: parent.ref, object: route.object, verdicts });
}

function shadowMessage({ view }: Reporting, winner: string): string {
  return view.wrong('shadowed-names-no-winner') ? 'another route wins' : `${winner} wins for a part of it`;
}

function judgeProgrammed(reporting: Reporting, { object, winner }: RouteDecision): Verdict {
  const { wrong } = reporting.view;
  const { uid, generation } = object.metadata;
  const gateway = winner?.gateway.object.metadata.uid ?? '';
  const working = reporting.boundOf(gateway).length > 0 && reporting.isProgrammed(uid, generation, gateway);
  if (working || wrong('route-programmed-before-data-plane')) {
    return verdict('Programmed', 'True', 'Programmed', 'programmed on all nodes');
  }
  return verdict('Programmed', 'False', 'Pending', 'waiting for the nodes or the Gateway');
}

function sourceAddresses({ view, boundOf }: Reporting, { object, winner }: RouteDecision): object {
  const { wrong, controllerName } = view;
  const foreign = (object.status?.sourceAddresses ?? []).filter((one) => one.controllerName !== controllerName);
  if (winner === undefined || wrong('source-addresses-missing')) {
    return foreign.length === 0 ? {} : { sourceAddresses: foreign };
  }
  const { uid } = winner.gateway.object.metadata;
  const values = wrong('source-addresses-of-spec')
    ? (winner.gateway.object.spec.addresses ?? []).map(({ value = '' }) => value)
    : boundOf(uid);
  const own = values.map((value) => ({ controllerName, parentRef: winner.ref, type: 'IPAddress' as const, value }));
  return { sourceAddresses: [...foreign, ...own] };
}
