import type { ParentReference, RouteParentStatus } from '../api/kinds.ts';
import type { Condition } from '../api/meta.ts';
import { controllerName } from '../api/names.ts';
import { type Finding, finding, reasons } from '../api/reasons.ts';
import type { JudgedParent, JudgedRoute } from './attach-routes.ts';
import { sameData } from './canonical-json.ts';
import { isTrue, type Subject } from './conditions.ts';
import type { RoutePlan } from './egress-plan.ts';
import type { GatewayState } from './gateway-state.ts';
import { createMemo, memoByObject } from './memo.ts';
import { objectKey } from './order.ts';
import type { Publication } from './publication.ts';
import type { Scribe } from './scribe.ts';

/** What the status of routes is read from, by Gateway uid. */
export interface RouteWorld {
  readonly states: ReadonlyMap<string, GatewayState>;
  readonly publications: ReadonlyMap<string, Publication>;
}

/** Status of one route. */
export function planRoute(judged: JudgedRoute, world: RouteWorld, scribe: Scribe): RoutePlan {
  const { kind, route } = judged;
  const { namespace, name, uid, generation = 0 } = route.metadata;
  const ref = { kind, ...(namespace === undefined ? {} : { namespace }), name };
  const base = { kind, ref, uid };
  const subject = { ref, uid, generation };
  if (judged.noParent !== undefined) {
    // Who is served by somebody else needs no word of ours: it would only contradict theirs.
    if (isServed(judged)) return { ...base, parents: [], sourceAddresses: [] };
    const conditions = scribe.write({ ...subject, previous: route.status?.conditions ?? [] }, [judged.noParent]);
    return { ...base, parents: [], sourceAddresses: [], conditions };
  }
  return {
    ...base,
    parents: judged.parents.map((parent) => {
      const whole = { ...subject, previous: previousConditions(judged, parent.ref) };
      return planParent({ judged, parent, subject: whole }, world, scribe);
    }),
    sourceAddresses: sourceAddresses(judged, world),
  };
}

function isServed({ route }: JudgedRoute): boolean {
  return (route.status?.parents ?? []).some((entry) => entry.controllerName !== controllerName);
}

function previousConditions({ route }: JudgedRoute, ref: ParentReference): readonly Condition[] {
  const parents = route.status?.parents ?? [];
  return (
    parents.find((entry) => entry.controllerName === controllerName && sameData(entry.parentRef, ref))?.conditions ?? []
  );
}

function sourceAddresses({ winner }: JudgedRoute, { states }: RouteWorld): RoutePlan['sourceAddresses'] {
  if (winner === undefined) return [];
  const bound = states.get(winner.gateway.gateway.metadata.uid)?.bound ?? [];
  return bound.map((value) => ({ controllerName, parentRef: winner.ref, type: 'IPAddress', value }));
}

interface ParentPlace {
  readonly judged: JudgedRoute;
  readonly parent: JudgedParent;
  readonly subject: Subject;
}

function planParent(place: ParentPlace, world: RouteWorld, scribe: Scribe): RouteParentStatus {
  const { judged, parent, subject } = place;
  const findings: Finding[] = [parent.accepted, finding('RouteResolvedRefs', {})];
  if (isTrue(parent.accepted)) {
    if (judged.partiallyInvalid !== undefined) findings.push(judged.partiallyInvalid);
    const programmed = judgeWinner(place, world);
    if (programmed !== undefined) findings.push(programmed);
    if (judged.shadowed !== undefined && judged.winner === parent) findings.push(judged.shadowed);
  }
  return { parentRef: parent.ref, controllerName, conditions: scribe.write(subject, findings) };
}

function judgeWinner({ judged, parent, subject }: ParentPlace, world: RouteWorld): Finding | undefined {
  const { winner } = judged;
  if (winner === undefined) return undefined;
  const { uid } = winner.gateway.gateway.metadata;
  const state = world.states.get(uid);
  const publication = world.publications.get(uid);
  if (state === undefined || publication === undefined) return undefined;
  const isWinner = winner.gateway === parent.gateway;
  const before = isWinner ? subject.previous : previousConditions(judged, winner.ref);
  const programmed = judgeProgrammed(state, publication, { previous: before, generation: subject.generation });
  if (isWinner || !isTrue(programmed)) return programmed;
  return finding('RouteProgrammedElsewhere', { gateway: objectKey(winner.gateway.gateway) });
}

// Once per Gateway, not per route: many nodes may report it.
const usersOf = memoByObject(({ reports }: GatewayState) => {
  const using = reports.filter(({ report }) => report.ruleSets !== '');
  return { using, failed: using.find(({ report }) => report.state === 'Failed') };
});

const nodesBehind = createMemo<GatewayState, readonly string[]>();

type Latch = Pick<Subject, 'previous' | 'generation'>;

function judgeProgrammed(state: GatewayState, publication: Publication, latch: Latch): Finding {
  const { key } = state.placed.judged;
  const { using, failed } = usersOf(state);
  if (failed !== undefined) {
    return finding('RouteNodeFailed', { node: failed.node, problem: failed.report.message ?? 'it gave no reason' });
  }
  if (state.placed.spec === undefined) {
    return finding('RouteGatewayPending', { gateway: key, problem: state.programmed.message });
  }
  const latched = latchedFinding(latch);
  if (latched !== undefined) return latched;
  if (!isTrue(state.working)) return finding('RouteGatewayPending', { gateway: key, problem: state.working.message });
  if (publication.kind === 'publishing') return finding('RoutePublishing', {});
  const { digest } = publication;
  const behind = nodesBehind(state, [digest], () => {
    return using.filter(({ report }) => report.ruleSets !== digest).map(({ node }) => node);
  });
  const waiting = [...behind, ...publication.silent];
  const words = { current: using.length - behind.length, nodes: using.length + publication.silent.length };
  if (waiting.length > 0) {
    const more = waiting.length > 3 ? ` and ${waiting.length - 3} more` : '';
    return finding('RouteReportsPending', {
      ...words,
      waiting: `, waiting for ${waiting.slice(0, 3).join(', ')}${more}`,
    });
  }
  if (!publication.settled) return finding('RouteReportsPending', { ...words, waiting: '; more may report' });
  return finding('RouteProgrammed', { nodes: using.length });
}

// Once true, true for this generation: a node that meets the route later must not rewrite every route's status, so the
// message stays, too (decisions.md 6).
function latchedFinding({ previous, generation }: Latch): Finding | undefined {
  const before = previous.find(({ type }) => type === 'Programmed');
  if (before?.status !== 'True' || before.observedGeneration !== generation) return undefined;
  // It was another parent's then; this one has proved nothing yet.
  if (before.message.startsWith(elsewhere)) return undefined;
  return { code: 'RouteProgrammed', message: before.message };
}

const elsewhere = reasons.RouteProgrammedElsewhere.message.split('{')[0] ?? '';
