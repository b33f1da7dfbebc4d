import type { Namespace } from '../api/core.ts';
import type { CompiledRule } from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import { sameData } from './canonical-json.ts';
import type { CompiledRoute } from './compile-rules.ts';
import { type Contender, contendersOf } from './contender.ts';
import type { JudgedRoute } from './judged-route.ts';
import { createMemo, memoByItems } from './memo.ts';
import { compareText } from './order.ts';
import { indexRivals, type RivalIndex } from './rival-index.ts';
import { selectsNamespace } from './select-rules.ts';
import { judgeContender, type Outcome } from './shadow.ts';
import { describeShadow, type Shadow } from './shadow-words.ts';
import { mapInSteps, type Steps } from './steps.ts';

/**
 * What routes lose to others by precedence (api.md §4), told from the rules alone since no Pod passes through the controller;
 * only routes that carry traffic count. What is exactly a loss: docs/features.md.
 */
export function* findShadows(
  routes: readonly JudgedRoute[],
  namespaces: readonly Namespace[],
): Steps<ReadonlyMap<JudgedRoute, Finding>> {
  const carrying = routes.filter(({ winner }) => winner !== undefined);
  const [own, cluster] = [carrying.filter(isNamespaced), carrying.filter((judged) => !isNamespaced(judged))];
  const spaces = [...Map.groupBy(own, ({ route }) => route.metadata.namespace ?? '')];
  const indexes = new Map(
    yield* mapInSteps(spaces, ([name, list]) => [name, indexOf(list.map(({ compiled }) => compiled))] as const),
  );
  const world = clusterWorld(cluster, indexes, namespaces);
  const shadows = yield* mapInSteps([...own, ...cluster], (judged): readonly [JudgedRoute, Shadow | undefined] => {
    const index = indexes.get(judged.route.metadata.namespace ?? '');
    if (index === undefined || !isNamespaced(judged)) return [judged, judgeClusterRoute(judged, world)];
    return [judged, shadowIn(judged.compiled, [index], () => judgeRoute(judged.compiled, index))];
  });
  return describeAll(carrying, shadows);
}

function isNamespaced({ kind }: JudgedRoute): boolean {
  return kind === 'EgressRoute';
}

function describeAll(
  carrying: readonly JudgedRoute[],
  shadows: readonly (readonly [JudgedRoute, Shadow | undefined])[],
): ReadonlyMap<JudgedRoute, Finding> {
  const found = shadows.flatMap(([judged, shadow]) => (shadow === undefined ? [] : [{ judged, shadow }]));
  if (found.length === 0) return new Map();
  const gateways = new Map(
    carrying.map(({ compiled, winner }) => [keyOf(compiled.rules[0]?.route), winner?.gateway.key]),
  );
  const gatewayOf = (route: CompiledRule['route']) => gateways.get(keyOf(route)) ?? '';
  return new Map(
    found.map(({ judged, shadow }) => [judged, finding('RouteShadowed', { wins: describeShadow(shadow, gatewayOf) })]),
  );
}

function keyOf(route: CompiledRule['route'] | undefined): string {
  return `${route?.kind} ${route?.namespace ?? ''}/${route?.name}`;
}

const indexOf = memoByItems((routes: readonly CompiledRoute[]): RivalIndex => {
  return indexRivals(routes.flatMap(({ rules }) => rules.flatMap(contendersOf)));
});

const shadowIn = createMemo<CompiledRoute, Shadow | undefined>();

function judgeRoute(route: CompiledRoute, index: RivalIndex): Shadow | undefined {
  return collect(route, (contender) => {
    return judgeContender(contender, { exact: index.same(contender), inside: index.inside(contender) });
  });
}

/** More of what a route loses is neither kept nor told. */
const mostLosses = 32;

function collect({ rules }: CompiledRoute, judge: (contender: Contender) => readonly Outcome[]): Shadow | undefined {
  const shadow = { losses: [] as Shadow['losses'][number][], isWhole: true };
  for (const contender of rules.flatMap(contendersOf)) {
    for (const { losses, isWhole } of judge(contender)) {
      shadow.losses.push(...losses);
      shadow.isWhole &&= isWhole;
    }
    if (shadow.losses.length < mostLosses) continue;
    return { losses: shadow.losses.slice(0, mostLosses), isWhole: false };
  }
  return shadow.losses.length === 0 ? undefined : shadow;
}

interface ClusterWorld {
  readonly namespaces: readonly Namespace[];
  readonly routesIn: ReadonlyMap<string, RivalIndex>;
  readonly clusterRoutes: RivalIndex;
  /** Whether a rule of a ClusterEgressRoute selects Pods of the namespace. */
  readonly selects: (rule: CompiledRule, namespace: Namespace) => boolean;
}

function clusterWorld(
  routes: readonly JudgedRoute[],
  routesIn: ClusterWorld['routesIn'],
  namespaces: readonly Namespace[],
): ClusterWorld {
  const excluded = new Map(
    routes.flatMap(({ compiled: { rules }, winner }) => {
      return rules.map((rule) => [rule, winner?.gateway.excludedNamespaces ?? []] as const);
    }),
  );
  return {
    namespaces: namespaces.toSorted((a, b) => compareText(a.metadata.name, b.metadata.name)),
    routesIn,
    clusterRoutes: indexOf(routes.map(({ compiled }) => compiled)),
    selects: (rule, { metadata }) => {
      return selectsNamespace({ excludedNamespaces: excluded.get(rule) ?? [], ...rule }, metadata);
    },
  };
}

function judgeClusterRoute({ compiled }: JudgedRoute, world: ClusterWorld): Shadow | undefined {
  return collect(compiled, (contender) => judgeEverywhere(contender, world));
}

// A default that some namespace still uses does its work: only what is lost in every namespace that it selects counts.
function judgeEverywhere(contender: Contender, world: ClusterWorld): readonly Outcome[] {
  let common: readonly Outcome[] | undefined;
  for (const namespace of world.namespaces) {
    if (!world.selects(contender.rule, namespace)) continue;
    const outcomes = judgeIn(namespace, contender, world);
    common = common === undefined ? outcomes : outcomes.map((outcome, index) => both(common?.[index], outcome));
    if (common.every(({ losses }) => losses.length === 0)) break;
  }
  return common ?? [{ losses: [], isWhole: false }];
}

function judgeIn(namespace: Namespace, contender: Contender, world: ClusterWorld): readonly Outcome[] {
  const own = world.routesIn.get(namespace.metadata.name);
  const here = ({ rule }: Contender) => world.selects(rule, namespace);
  return judgeContender(contender, {
    exact: [
      ...(own === undefined ? [] : [...own.same(contender), ...own.around(contender)]),
      ...world.clusterRoutes.same(contender).filter(here),
    ],
    inside: [...(own?.inside(contender) ?? []), ...world.clusterRoutes.inside(contender).filter(here)],
  });
}

function both(a: Outcome | undefined, b: Outcome): Outcome {
  if (a === undefined || a.losses.length === 0 || b.losses.length === 0) return { losses: [], isWhole: false };
  const more = b.losses.filter((loss) => !a.losses.some((known) => sameData(known, loss)));
  return { losses: [...a.losses, ...more].slice(0, mostLosses), isWhole: a.isWhole && b.isWhole };
}
