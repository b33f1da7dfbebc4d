import type { GatewayStatus } from '../api/gateway.ts';
import type { Condition, ObjectMeta } from '../api/meta.ts';
import { conditionTypes } from '../api/reasons.ts';
import { resources } from '../api/resources.ts';
import { sameData } from '../compile/canonical-json.ts';
import type { EgressPlan, GatewayPlan } from '../compile/egress-plan.ts';
import { createMemo } from '../compile/memo.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import { flatMapInSteps, type Steps } from '../compile/steps.ts';
import type { Write } from './writes.ts';

/** Status writes of a plan but those of routes: one per object whose status says something else now. */
export function* planStatusWrites(plan: EgressPlan, snapshot: Snapshot): Steps<Write[]> {
  return [
    ...classStatuses(plan, snapshot),
    ...(yield* gatewayStatuses(plan, snapshot)),
    ...(yield* placementStatuses(plan, snapshot)),
    ...poolStatuses(plan, snapshot),
    ...nodeStatuses(plan, snapshot),
  ];
}

function classStatuses(plan: EgressPlan, snapshot: Snapshot): Write[] {
  const existing = new Map(snapshot.gatewayClasses.map((item) => [item.metadata.name, item]));
  return plan.classes.flatMap(({ name, conditions, supportedFeatures }): Write[] => {
    const object = existing.get(name);
    const now = object?.status;
    const same =
      hasConditions(now?.conditions, conditions, conditionTypes.class) &&
      sameData(now?.supportedFeatures ?? [], supportedFeatures);
    if (object === undefined || same) return [];
    const body = { status: { conditions, supportedFeatures } };
    return [{ kind: 'apply', resource: resources.gatewayClasses, name, ...onlyIf(object), body }];
  });
}

function* gatewayStatuses(plan: EgressPlan, snapshot: Snapshot): Steps<Write[]> {
  const existing = new Map(snapshot.gateways.map((item) => [item.metadata.uid, item]));
  return yield* flatMapInSteps(plan.gateways, (gateway): Write[] => {
    const { status, uid } = gateway;
    const { name, namespace } = gateway.ref;
    const object = existing.get(uid);
    if (object === undefined || isSaid(gateway, [object.status], () => isWritten(object.status, status))) return [];
    const at = { name, ...(namespace === undefined ? {} : { namespace }) };
    return [{ kind: 'apply', resource: resources.gateways, ...at, ...onlyIf(object), body: { status } }];
  });
}

const isSaid = createMemo<GatewayPlan, boolean>();

function isWritten(now: GatewayStatus | undefined, wanted: GatewayPlan['status']): boolean {
  const listeners = new Map((now?.listeners ?? []).map((listener) => [listener.name, listener]));
  return (
    hasConditions(now?.conditions, wanted.conditions, conditionTypes.gateway) &&
    sameData(now?.addresses ?? [], wanted.addresses) &&
    listeners.size === wanted.listeners.length &&
    wanted.listeners.every(({ conditions, ...rest }) => {
      const { conditions: found, ...others } = listeners.get(rest.name) ?? {};
      return sameData(others, rest) && hasConditions(found, conditions, conditionTypes.listener);
    })
  );
}

function* placementStatuses(plan: EgressPlan, snapshot: Snapshot): Steps<Write[]> {
  const existing = new Map(snapshot.placements.map((item) => [item.metadata.name, item]));
  return yield* flatMapInSteps(plan.placements, ({ name, status }): Write[] => {
    const object = existing.get(name);
    // A placement that is just being created gets its status once it is seen.
    if (object === undefined || sameData(object.status ?? {}, status)) return [];
    return [{ kind: 'apply', resource: resources.egressPlacements, name, subresource: 'status', body: { status } }];
  });
}

function poolStatuses(plan: EgressPlan, snapshot: Snapshot): Write[] {
  const existing = new Map(snapshot.pools.map((item) => [item.metadata.name, item]));
  return plan.pools.flatMap(({ name, status }): Write[] => {
    const object = existing.get(name);
    const { conditions: found, ...others } = object?.status ?? {};
    const { conditions = [], ...rest } = status;
    if (object === undefined) return [];
    if (sameData(others, rest) && hasConditions(found, conditions, conditionTypes.pool)) return [];
    return [{ kind: 'apply', resource: resources.egressAddressPools, name, ...onlyIf(object), body: { status } }];
  });
}

function nodeStatuses(plan: EgressPlan, snapshot: Snapshot): Write[] {
  if (plan.nodeStatuses.length === 0) return [];
  const existing = new Map(snapshot.egressNodes.map((item) => [item.metadata.name, item]));
  return plan.nodeStatuses.flatMap(({ name, status }): Write[] => {
    const object = existing.get(name);
    if (object === undefined || hasConditions(object.status?.conditions, status.conditions, conditionTypes.node))
      return [];
    return [{ kind: 'apply', resource: resources.egressNodes, name, ...onlyIf(object), body: { status } }];
  });
}

// Upstream: a status is changed only by who knows the object as it is now, never by one that is behind.
function onlyIf({ metadata }: { readonly metadata: ObjectMeta }): {
  readonly resourceVersion: string;
  readonly subresource: 'status';
} {
  return { resourceVersion: metadata.resourceVersion, subresource: 'status' };
}

// Conditions of other types on the same object are others'; one of ours that is no longer wanted must go.
function hasConditions(
  now: readonly Condition[] | undefined,
  wanted: readonly Condition[],
  own: ReadonlySet<string>,
): boolean {
  const found = (now ?? []).filter(({ type }) => own.has(type));
  return (
    found.length === wanted.length &&
    wanted.every((condition) => found.some((other) => other.type === condition.type && sameData(other, condition)))
  );
}
