import type { Condition, ObjectMeta, ObjectRef } from '../api/meta.ts';
import type { EgressPlan } from '../compile/egress-plan.ts';
import { compareText } from '../compile/order.ts';
import type { Snapshot } from '../compile/snapshot.ts';

/** What the controller says of an object that is not simply fine. */
export interface Verdict {
  /** "EgressRoute shop/payments" */
  readonly object: string;
  /** `error`: it, or a part of it, does not do what it says. `warning`: it does, with a reservation. */
  readonly severity: 'error' | 'warning';
  /** Condition and reason: "Accepted False/NotAllowedByListeners"; of a listener with its name in front. */
  readonly condition: string;
  readonly message: string;
}

/** How a plan judges all objects: by their conditions, those left out that only tell of nodes that have not acted yet. Sorted by object. */
export function verdictsOf(snapshot: Snapshot, plan: EgressPlan): readonly Verdict[] {
  const classes = plan.classes.flatMap(({ name, conditions }) => judge(`GatewayClass ${name}`, conditions));
  const gateways = plan.gateways.flatMap(({ ref, status }) => [
    ...judge(nameOf(ref), status.conditions),
    ...status.listeners.flatMap(({ name, conditions }) => judge(nameOf(ref), conditions, `listener ${name}: `)),
  ]);
  const routes = plan.routes.flatMap(({ ref, parents, conditions = [] }) => [
    ...judge(nameOf(ref), conditions),
    ...parents.flatMap((parent) => judge(nameOf(ref), parent.conditions)),
  ]);
  const pools = plan.pools.flatMap(({ name, status }) => judge(`EgressAddressPool ${name}`, status.conditions ?? []));
  const cluster = judge('EgressCluster default', plan.cluster?.status.conditions ?? []);
  const all = [...classes, ...cluster, ...pools, ...gateways, ...routes, ...orphans(snapshot)];
  return unique(all).toSorted((a, b) => compareText(a.object, b.object));
}

/** "EgressRoute shop/payments" */
export function nameOf({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

// What nodes have not said yet is nobody's mistake.
const awaited = new Set(['Pending', 'NoResources', 'NotProgrammed', 'ListenersNotValid', 'ListenersNotResolved']);
const reservations = new Set(['PartiallyInvalid', 'sallyport.dev/Shadowed']);
const mustBeTrue = new Set(['Accepted', 'Programmed', 'ResolvedRefs', 'SupportedVersion']);
// Owners and standbys report them.
const ofNodes = new Set(['sallyport.dev/Degraded', 'sallyport.dev/AddressConflict', 'sallyport.dev/PathVerified']);

function judge(object: string, conditions: readonly Condition[], where = ''): readonly Verdict[] {
  return conditions.flatMap(({ type, status, reason, message }): Verdict[] => {
    if (awaited.has(reason) || ofNodes.has(type)) return [];
    const condition = `${where}${type} ${status}/${reason}`;
    if (mustBeTrue.has(type)) return status === 'False' ? [{ object, severity: 'error', condition, message }] : [];
    if (status !== 'True') return [];
    return [{ object, severity: reservations.has(type) ? 'warning' : 'error', condition, message }];
  });
}

/** Gateways of classes that are not there: the controller does not look at them, so that nothing would be said. */
function orphans({ gateways, gatewayClasses }: Snapshot): readonly Verdict[] {
  const known = new Set(gatewayClasses.map(({ metadata }) => metadata.name));
  return gateways
    .filter(({ spec }) => !known.has(spec.gatewayClassName))
    .map(({ metadata, spec }) => ({
      object: nameOf({ kind: 'Gateway', ...place(metadata) }),
      severity: 'warning' as const,
      condition: 'not judged',
      message: `GatewayClass ${spec.gatewayClassName} is not known here`,
    }));
}

function place({ namespace, name }: ObjectMeta): Pick<ObjectRef, 'namespace' | 'name'> {
  return { name, ...(namespace === undefined ? {} : { namespace }) };
}

function unique(verdicts: readonly Verdict[]): readonly Verdict[] {
  const seen = new Set<string>();
  return verdicts.filter((verdict) => {
    const key = JSON.stringify(verdict);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
