import type { Namespace } from '../api/core.ts';
import type { CompiledRule } from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import { judgeClusterRoutes } from './cluster-shadows.ts';
import type { CompiledRoute } from './compile-rules.ts';
import { contendersOf } from './contender.ts';
import type { JudgedRoute } from './judged-route.ts';
import { createMemo, createShelf, memoByItems } from './memo.ts';
import type { RivalIndex } from './rival-index.ts';
import { judgeContender } from './shadow.ts';
import { collectShadow, indexOf } from './shadow-collect.ts';
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
  const groups = Map.groupBy(carrying, (judged) =>
    isNamespaced(judged) ? judged.route.metadata.namespace : undefined,
  );
  const cluster = groups.get(undefined) ?? [];
  const spaces = [...groups].flatMap(([name, list]) => (name === undefined ? [] : [[name, list] as const]));
  for (const [, list] of spaces) {
    // What its index is made of: all of a large namespace at once would take a tenth of a second.
    if (list.length > manyRoutes) yield* mapInSteps(list, ({ compiled }) => compiled.rules.forEach(contendersOf));
  }
  const indexes = new Map(yield* mapInSteps(spaces, ([name, list]) => [name, indexOfSpace(list)] as const));
  const shadows: Told[] = [];
  for (const [, list] of spaces) shadows.push(...(yield* judgeSpace(list)));
  const clusterShadows = yield* judgeClusterRoutes(cluster, indexes, namespaces);
  return describeAll(carrying, [...shadows, ...clusterShadows]);
}

const manyRoutes = 500;
const indexOfSpace = memoByItems((list: readonly JudgedRoute[]) => indexOf(list.map(({ compiled }) => compiled)));
const known = createShelf<JudgedRoute, readonly Told[]>();

/** The routes of one namespace that lose something; of a namespace of which nothing changed, as they were found last. */
function* judgeSpace(list: readonly JudgedRoute[]): Steps<readonly Told[]> {
  const [first] = list;
  if (first === undefined) return [];
  const found = known.find(first, list);
  if (found !== undefined) return found;
  const index = indexOfSpace(list);
  const all = yield* mapInSteps(list, (judged): Told => {
    return [judged, shadowIn(judged.compiled, [index], () => judgeRoute(judged.compiled, index))];
  });
  const told = all.filter(([, shadow]) => shadow !== undefined);
  known.keep(first, list, told);
  return told;
}

type Told = readonly [JudgedRoute, Shadow | undefined];

function isNamespaced({ kind }: JudgedRoute): boolean {
  return kind === 'EgressRoute';
}

function describeAll(carrying: readonly JudgedRoute[], shadows: readonly Told[]): ReadonlyMap<JudgedRoute, Finding> {
  const found = shadows.flatMap(([judged, shadow]) => (shadow === undefined ? [] : [{ judged, shadow }]));
  if (found.length === 0) return new Map();
  const gateways = new Map(
    carrying.map(({ compiled, winner }) => [keyOf(compiled.rules[0]?.route), winner?.gateway.key]),
  );
  const gatewayOf = (route: CompiledRule['route']) => gateways.get(keyOf(route)) ?? '';
  return new Map(
    found.map(({ judged, shadow }) => {
      const inputs = shadow.losses.flatMap(({ winners }) => winners.map(gatewayOf));
      const describe = () => finding('RouteShadowed', { wins: describeShadow(shadow, gatewayOf) });
      return [judged, described(shadow, inputs, describe)];
    }),
  );
}

const described = createMemo<Shadow, Finding>();

function keyOf(route: CompiledRule['route'] | undefined): string {
  return `${route?.kind} ${route?.namespace ?? ''}/${route?.name}`;
}

const shadowIn = createMemo<CompiledRoute, Shadow | undefined>();

function judgeRoute(route: CompiledRoute, { same, inside }: RivalIndex): Shadow | undefined {
  return collectShadow(route, (contender) => judgeContender(contender, { exact: same, inside }));
}
