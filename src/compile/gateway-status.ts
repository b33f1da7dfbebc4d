import type { Gateway, ListenerStatus } from '../api/gateway.ts';
import type { EgressPlacement } from '../api/kinds.ts';
import { apiGroup } from '../api/names.ts';
import { type Finding, finding } from '../api/reasons.ts';
import { isTrue, isUndecided, renderConditions, type Subject } from './conditions.ts';
import type { GatewayPlan, PlacementPlan } from './egress-plan.ts';
import type { GatewayState } from './gateway-state.ts';
import type { JudgedListener } from './judge-listeners.ts';
import type { Scribe } from './scribe.ts';

/** How many accepted routes each listener takes, by listener name. */
export type AttachedRoutes = ReadonlyMap<string, number>;

/** Status of a Gateway and its listeners. */
export function planGateway(state: GatewayState, attached: AttachedRoutes, scribe: Scribe): GatewayPlan {
  const { gateway, accepted, listeners } = state.placed.judged;
  const unresolved = listeners.filter(({ resolvedRefs }) => !isTrue(resolvedRefs)).map(({ listener }) => listener.name);
  const resolvedRefs =
    unresolved.length === 0
      ? finding('GatewayResolvedRefs', {})
      : finding('GatewayListenersNotResolved', { listeners: unresolved.join(', ') });
  const subject = gatewaySubject(gateway);
  return {
    ref: subject.ref,
    uid: subject.uid,
    status: {
      addresses: state.bound.map((value) => ({ type: 'IPAddress', value })),
      conditions: scribe.write(subject, [accepted, state.programmed, resolvedRefs, ...dataPathOf(state)]),
      listeners: listeners.map((listener) => planListener({ state, listener, attached, subject }, scribe)),
    },
  };
}

function dataPathOf({ degraded, conflict, path }: GatewayState): readonly Finding[] {
  return [degraded, conflict, path].filter((found) => found !== undefined);
}

function gatewaySubject({ metadata, status }: Gateway): Subject {
  const { namespace = '', name, uid, generation = 0 } = metadata;
  return { ref: { kind: 'Gateway', namespace, name }, uid, generation, previous: status?.conditions ?? [] };
}

interface ListenerPlace {
  readonly state: GatewayState;
  readonly listener: JudgedListener;
  readonly attached: AttachedRoutes;
  readonly subject: Subject;
}

function planListener({ state, listener, attached, subject }: ListenerPlace, scribe: Scribe): ListenerStatus {
  const { name } = listener.listener;
  const previous = state.placed.judged.gateway.status?.listeners?.find((entry) => entry.name === name);
  const findings = [listener.accepted, listener.conflicted, listener.resolvedRefs, judgeListener(state, listener)];
  return {
    name,
    supportedKinds: listener.kinds.map((kind) => ({ group: apiGroup, kind })),
    attachedRoutes: attached.get(name) ?? 0,
    conditions: scribe.write({ ...subject, previous: previous?.conditions ?? [] }, findings),
  };
}

function judgeListener({ placed, programmed }: GatewayState, { accepted }: JudgedListener): Finding {
  if (!isTrue(accepted)) return finding('ListenerInvalid', { problem: accepted.message });
  const { judged } = placed;
  if (isUndecided(judged.accepted)) return finding('ListenerPending', { problem: judged.accepted.message });
  if (!isTrue(judged.accepted)) return finding('ListenerInvalid', { problem: judged.accepted.message });
  if (isTrue(programmed)) return finding('ListenerProgrammed', {});
  return finding('ListenerPending', { problem: programmed.message });
}

/** The EgressPlacement of a Gateway, when it has one; its conditions repeat the Gateway's, without events of their own. */
export function planPlacement(
  state: GatewayState,
  existing: EgressPlacement | undefined,
  now: number,
): PlacementPlan | undefined {
  const { judged, spec } = state.placed;
  if (spec === undefined) return undefined;
  const { infrastructure } = judged.gateway.spec;
  const name = judged.gateway.metadata.uid;
  const { uid = '', generation = 0 } = existing?.metadata ?? {};
  const subject = {
    ref: { kind: 'EgressPlacement', name },
    uid,
    generation,
    previous: existing?.status?.conditions ?? [],
  };
  const findings = [state.programmed, ...dataPathOf(state)];
  return {
    name,
    labels: infrastructure?.labels ?? {},
    annotations: infrastructure?.annotations ?? {},
    spec,
    status: {
      ...(state.owner === undefined ? {} : { owner: state.owner }),
      ...heldAddresses(state, spec, existing),
      conditions: renderConditions(subject, findings, now),
    },
  };
}

// Once held it is ours for as long as the placement has it, whoever owns it now.
function heldAddresses(
  { bound }: GatewayState,
  { identities }: EgressPlacement['spec'],
  existing: EgressPlacement | undefined,
): Pick<PlacementPlan['status'], 'addresses'> {
  const held = new Set([...bound, ...(existing?.status?.addresses ?? [])]);
  const addresses = identities.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter((each) => each !== undefined));
  const ours = addresses.filter((address) => held.has(address));
  return ours.length === 0 ? {} : { addresses: ours };
}
