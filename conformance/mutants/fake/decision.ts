import { type Allocation, allocate, type Holding } from './addresses.ts';
import { type ClassDecision, decideClasses } from './classes.ts';
import { decideGateways, type GatewayDecision } from './gateways.ts';
import type { EgressRule } from './precedence.ts';
import { decideRoutes, type RouteDecision } from './routes.ts';
import { isTrue } from './verdict.ts';
import type { View } from './view.ts';

/** All that the fake controller decides of one state of the cluster. */
export interface Decision {
  readonly classes: readonly ClassDecision[];
  readonly gateways: readonly GatewayDecision[];
  readonly routes: readonly RouteDecision[];
  readonly allocation: Allocation;
  readonly wanted: Programming;
}

/** What the nodes are told: every rule, and the addresses of every Gateway. */
export interface Programming {
  readonly rules: readonly EgressRule[];
  /** By uid of the Gateway. */
  readonly addresses: Readonly<Record<string, readonly string[]>>;
}

/** Decides everything anew; only who held which address comes from before. */
export function decide(view: View, holdings: readonly Holding[]): Decision {
  const classes = decideClasses(view);
  const gateways = decideGateways(view, classes);
  const routes = decideRoutes(view, gateways);
  const asking = gateways.filter(({ accepted }) => isTrue(accepted) || view.wrong('refused-gateway-gets-address'));
  const allocation = allocate(
    view,
    asking.map(({ object }) => object),
    holdings,
  );
  return { classes, gateways, routes, allocation, wanted: program(view, routes, allocation) };
}

function program(view: View, routes: readonly RouteDecision[], { grants }: Allocation): Programming {
  const addresses = [...grants].map(([uid, grant]) => [uid, grant.addresses] as const);
  return {
    rules: routes.flatMap((route) => rulesOf(view, route)),
    addresses: Object.fromEntries(addresses.filter(([, values]) => values.length > 0)),
  };
}

function rulesOf({ wrong }: View, { object, rules, parents, winner }: RouteDecision): readonly EgressRule[] {
  const parent = winner ?? (wrong('refused-route-programmed') ? parents[0] : undefined);
  if (parent === undefined) return [];
  const { name, namespace, uid, generation, creationTimestamp } = object.metadata;
  const matches = (rules.length > 1 && wrong('only-first-rule') ? rules.slice(0, 1) : rules).flatMap((rule) => {
    const all = rule.matches === undefined || rule.matches.length === 0 ? [{}] : rule.matches;
    if (rule.matches === undefined && wrong('absent-matches-match-none')) return [];
    return all.length > 1 && wrong('only-first-match') ? all.slice(0, 1) : all;
  });
  return matches.map((match, place) => ({
    kind: object.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid,
    generation,
    created: creationTimestamp,
    place,
    match,
    gateway: parent.gateway.object.metadata.uid,
    excluded: parent.gateway.class.parameters?.spec.excludedNamespaces ?? ['kube-system'],
  }));
}
