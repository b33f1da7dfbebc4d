import type { Gateway } from '../api/gateway.ts';
import type { Condition } from '../api/meta.ts';
import { resources } from '../api/resources.ts';
import { sameData } from '../compile/canonical-json.ts';
import type { EgressPlan, GatewayPlan } from '../compile/egress-plan.ts';
import { createMemo } from '../compile/memo.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import type { Write } from './writes.ts';

/** Status writes of a plan but those of routes: one per object whose status says something else now. */
export function planStatusWrites(plan: EgressPlan, snapshot: Snapshot): Write[] {
  return [
    ...classStatuses(plan, snapshot),
    ...gatewayStatuses(plan, snapshot),
    ...placementStatuses(plan, snapshot),
    ...poolStatuses(plan, snapshot),
  ];
}

function classStatuses(plan: EgressPlan, snapshot: Snapshot): Write[] {
  const existing = new Map(snapshot.gatewayClasses.map((item) => [item.metadata.name, item]));
  return plan.classes.flatMap(({ name, conditions, supportedFeatures }): Write[] => {
    const now = existing.get(name)?.status;
    if (includesAll(now?.conditions, conditions) && sameData(now?.supportedFeatures ?? [], supportedFeatures))
      return [];
    const body = { status: { conditions, supportedFeatures } };
    return [{ kind: 'apply', resource: resources.gatewayClasses, name, subresource: 'status', body }];
  });
}

function gatewayStatuses(plan: EgressPlan, snapshot: Snapshot): Write[] {
  const existing = new Map(snapshot.gateways.map((item) => [item.metadata.uid, item]));
  return plan.gateways.flatMap((gateway): Write[] => {
    const { ref, uid, status } = gateway;
    const now = existing.get(uid)?.status;
    if (isSaid(gateway, [now], () => saysGateway(now, status))) return [];
    return [
      {
        kind: 'apply',
        resource: resources.gateways,
        name: ref.name,
        ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
        subresource: 'status',
        body: { status },
      },
    ];
  });
}

const isSaid = createMemo<GatewayPlan, boolean>();

function saysGateway(now: Gateway['status'], status: GatewayPlan['status']): boolean {
  return (
    includesAll(now?.conditions, status.conditions) &&
    sameData(now?.addresses ?? [], status.addresses) &&
    sameData(sortedByName(now?.listeners), sortedByName(status.listeners))
  );
}

function placementStatuses(plan: EgressPlan, snapshot: Snapshot): Write[] {
  const existing = new Map(snapshot.placements.map((item) => [item.metadata.name, item]));
  return plan.placements
    .filter(({ name, status }) => {
      const now = existing.get(name);
      // A placement that is just being created gets its status once it is seen.
      return now !== undefined && !sameData(now.status ?? {}, status);
    })
    .map(({ name, status }) => ({
      kind: 'apply',
      resource: resources.egressPlacements,
      name,
      subresource: 'status',
      body: { status },
    }));
}

function poolStatuses(plan: EgressPlan, snapshot: Snapshot): Write[] {
  const existing = new Map(snapshot.pools.map((item) => [item.metadata.name, item]));
  return plan.pools
    .filter(({ name, status }) => !sameData(existing.get(name)?.status ?? {}, status))
    .map(({ name, status }) => ({
      kind: 'apply',
      resource: resources.egressAddressPools,
      name,
      subresource: 'status',
      body: { status },
    }));
}

// Other writers' conditions on the same object are theirs.
function includesAll(now: readonly Condition[] | undefined, wanted: readonly Condition[]): boolean {
  return wanted.every((condition) =>
    (now ?? []).some((other) => other.type === condition.type && sameData(other, condition)),
  );
}

function sortedByName<T extends { readonly name: string }>(items: readonly T[] | undefined): T[] {
  return (items ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
