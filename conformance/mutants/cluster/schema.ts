import type { Gateway } from '../../../src/api/gateway.ts';
import type { KubeObject } from '../../lib/world.ts';
import type { PoolObject, RouteSpec } from '../fake/view.ts';
import type { Wrong } from '../mistakes.ts';
import { jsonOf, sameJson } from './json.ts';
import { defaultGateway, refuseGateway, refusePool } from './schema-gateways.ts';
import { clusterRouteRules, routeRules, type SchemaRule } from './schema-routes.ts';

/** The object with what the API server fills in. */
export function fillIn(object: KubeObject, wrong: Wrong): KubeObject {
  switch (object.kind) {
    case 'Gateway':
      return { ...object, spec: defaultGateway(object.spec as Gateway['spec']) };
    case 'EgressRoute':
    case 'ClusterEgressRoute':
      return { ...object, spec: defaultRoute(object.spec as RouteSpec, wrong) };
    case 'Namespace':
      return {
        ...object,
        metadata: {
          ...object.metadata,
          labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name },
        },
      };
    case 'Pod':
      return { ...object, spec: { serviceAccountName: 'default', ...jsonOf(object.spec) } };
    default:
      return object;
  }
}

function defaultRoute({ parentRefs, rules, ...rest }: RouteSpec, wrong: Wrong): RouteSpec {
  const parent = wrong('schema-parent-defaults-missing') ? {} : { group: 'gateway.networking.k8s.io', kind: 'Gateway' };
  return {
    ...rest,
    ...(parentRefs === undefined ? {} : { parentRefs: parentRefs.map((ref) => ({ ...parent, ...ref })) }),
    rules: (rules ?? []).map(({ matches, ...rule }) => ({
      ...rule,
      ...(matches === undefined ? {} : { matches: matches.map(defaultMatch) }),
    })),
  };
}

type Match = NonNullable<RouteSpec['rules'][number]['matches']>[number];

function defaultMatch({ ports, ...match }: Match): Match {
  if (ports === undefined) return match;
  return { ...match, ports: ports.map((port) => ({ protocol: 'TCP' as const, ...port })) };
}

/** Why the API server refuses an object (with its defaults filled in), or undefined. */
export function refuse(object: KubeObject, before: KubeObject | undefined, wrong: Wrong): string | undefined {
  switch (object.kind) {
    case 'Gateway':
      return refuseGateway(object.spec as Gateway['spec']);
    case 'EgressRoute':
      return brokenRule(routeRules, object.spec as RouteSpec, wrong);
    case 'ClusterEgressRoute':
      return brokenRule([...routeRules, ...clusterRouteRules], object.spec as RouteSpec, wrong);
    case 'EgressAddressPool':
      return refusePool(object.spec as PoolObject['spec']);
    case 'GatewayClass': {
      const moved = before !== undefined && !sameJson(controllerOf(before), controllerOf(object));
      return moved ? 'spec.controllerName: Value is immutable' : undefined;
    }
    default:
      return undefined;
  }
}

function controllerOf({ spec }: KubeObject): unknown {
  return jsonOf(spec)['controllerName'];
}

function brokenRule(rules: readonly SchemaRule<RouteSpec>[], spec: RouteSpec, wrong: Wrong): string | undefined {
  return rules.find((rule) => rule.broken(spec) && !wrong(rule.without))?.message;
}
