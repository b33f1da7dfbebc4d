import type {
  ClusterEgressRoute,
  ClusterRouteMatch,
  CompiledRule,
  EgressRoute,
  RoutePort,
  RouteRule,
} from '../api/kinds.ts';
import { checkRule } from './check-rule.ts';
import type { FieldProblem } from './decision.ts';
import type { RouteKind } from './judge-listeners.ts';
import { memoByObject } from './memo.ts';

/** A route of either kind. */
export type AnyRoute = EgressRoute | ClusterEgressRoute;

/** The rules of one route as agents read them, without what depends on its class. */
export interface CompiledRoute {
  readonly kind: RouteKind;
  readonly rules: readonly CompiledRule[];
  /** One per rule that cannot be honoured: it is left out as a whole. */
  readonly problems: readonly FieldProblem[];
}

/** Compiles an EgressRoute. */
export const compileRoute = memoByObject((route: EgressRoute) => compileSpec('EgressRoute', route));
/** Compiles a ClusterEgressRoute; `excludedNamespaces` are added later, they belong to the class. */
export const compileClusterRoute = memoByObject((route: ClusterEgressRoute) =>
  compileSpec('ClusterEgressRoute', route),
);

function compileSpec(kind: RouteKind, route: AnyRoute): CompiledRoute {
  const rules: CompiledRule[] = [];
  const problems: FieldProblem[] = [];
  for (const [index, rule] of (route.spec.rules ?? []).entries()) {
    const problem = checkRule(rule, `spec.rules[${index}]`);
    if (problem === undefined) rules.push(...compileMatches(kind, route, { rule, index }));
    else problems.push(problem);
  }
  return { kind, rules, problems };
}

function compileMatches(
  kind: RouteKind,
  route: AnyRoute,
  place: { rule: RouteRule<ClusterRouteMatch>; index: number },
): CompiledRule[] {
  const { namespace, name, creationTimestamp } = route.metadata;
  const matches = place.rule.matches ?? [];
  return (matches.length === 0 ? [{}] : matches).map((match, index) => ({
    route: { kind, ...(kind === 'EgressRoute' && namespace !== undefined ? { namespace } : {}), name },
    created: creationTimestamp,
    rule: place.index,
    match: index,
    ...matchFields(match, kind),
  }));
}

function matchFields(match: ClusterRouteMatch, kind: RouteKind): Partial<CompiledRule> {
  const { podSelector, serviceAccounts, destinations, ports } = match;
  const namespaceSelector = kind === 'ClusterEgressRoute' ? match.namespaceSelector : undefined;
  return {
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    ...(podSelector === undefined ? {} : { podSelector }),
    ...(serviceAccounts === undefined || serviceAccounts.length === 0 ? {} : { serviceAccounts }),
    ...(destinations === undefined || destinations.length === 0
      ? {}
      : {
          destinations: destinations.map(({ cidr = '', except = [] }) =>
            except.length > 0 ? { cidr, except } : { cidr },
          ),
        }),
    ...(ports === undefined || ports.length === 0 ? {} : { ports: ports.map(withProtocol) }),
  };
}

function withProtocol({ protocol = 'TCP', ...ports }: RoutePort): RoutePort {
  return { protocol, ...ports };
}
