import type { Namespace } from '../api/core.ts';
import type { CompiledRule } from '../api/kinds.ts';
import { sameData } from './canonical-json.ts';
import { type Contender, contendersOf } from './contender.ts';
import type { JudgedRoute } from './judged-route.ts';
import { createMemo, memoByObject } from './memo.ts';
import { compareText } from './order.ts';
import type { RivalIndex } from './rival-index.ts';
import { selectsNamespace } from './select-rules.ts';
import { judgeContender, type Outcome } from './shadow.ts';
import { collectShadow, indexOf, mostLosses } from './shadow-collect.ts';
import type { Shadow } from './shadow-words.ts';
import type { Steps } from './steps.ts';

interface World {
  /** By name, with the index of its EgressRoutes. */
  readonly spaces: readonly Space[];
  readonly clusterRoutes: RivalIndex;
  /** Whether a rule of a ClusterEgressRoute selects Pods of the namespace. */
  readonly selects: (rule: CompiledRule, space: Space) => boolean;
}

interface Space {
  readonly namespace: Namespace;
  readonly own: RivalIndex | undefined;
}

type Told = readonly (readonly [JudgedRoute, Shadow | undefined])[];

/** What ClusterEgressRoutes lose; `indexes` are of the EgressRoutes by namespace. All must carry traffic. */
export function* judgeClusterRoutes(
  routes: readonly JudgedRoute[],
  indexes: ReadonlyMap<string, RivalIndex>,
  namespaces: readonly Namespace[],
): Steps<Told> {
  const [first] = routes;
  if (first === undefined) return [];
  const inputs = [...routes, ...namespaces, ...namespaces.map(({ metadata }) => indexes.get(metadata.name))];
  const slot = slots(first, inputs, () => ({}));
  slot.told ??= yield* judgeAll(routes, describeWorld(routes, indexes, namespaces));
  return slot.told;
}

// Filled in steps, so it cannot be the result of one call.
const slots = createMemo<JudgedRoute, { told?: Told }>();

function describeWorld(
  routes: readonly JudgedRoute[],
  indexes: ReadonlyMap<string, RivalIndex>,
  namespaces: readonly Namespace[],
): World {
  const excluded = new Map(
    routes.flatMap(({ compiled: { rules }, winner }) => {
      return rules.map((rule) => [rule, winner?.gateway.excludedNamespaces ?? []] as const);
    }),
  );
  return {
    spaces: namespaces
      .map((namespace) => ({ namespace, own: indexes.get(namespace.metadata.name) }))
      .sort((a, b) => compareText(a.namespace.metadata.name, b.namespace.metadata.name)),
    clusterRoutes: indexOf(routes.map(({ compiled }) => compiled)),
    selects: (rule, { namespace }) => {
      return selectsNamespace({ excludedNamespaces: excluded.get(rule) ?? [], ...rule }, namespace.metadata);
    },
  };
}

function* judgeAll(routes: readonly JudgedRoute[], world: World): Steps<Told> {
  const contenders = routes.flatMap(({ compiled }) => compiled.rules.flatMap(contendersOf));
  const common = new Map<Contender, readonly Outcome[]>();
  for (const contender of contenders) common.set(contender, yield* judgeEverywhere(contender, world));
  return routes.map((judged) => [judged, collectShadow(judged.compiled, (contender) => common.get(contender) ?? [])]);
}

const nothing: Outcome = { losses: [], isWhole: false };

// A default that some namespace still uses does its work: only what is lost in every namespace that it selects counts.
function* judgeEverywhere(contender: Contender, world: World): Steps<readonly Outcome[]> {
  let common: readonly Outcome[] | undefined;
  for (const [index, space] of world.spaces.entries()) {
    if (index % 64 === 63) yield;
    if (!world.selects(contender.rule, space)) continue;
    const outcomes = judgeIn(space, contender, world);
    common = common === undefined ? outcomes : outcomes.map((outcome, place) => both(common?.[place], outcome));
    if (common.every(({ losses }) => losses.length === 0)) break;
  }
  return common ?? [nothing];
}

function judgeIn(space: Space, contender: Contender, world: World): readonly Outcome[] {
  const { own } = space;
  const { clusterRoutes: others } = world;
  const outcomes = own === undefined ? [] : judgeAgainst(own, contender);
  if (outcomes.length > 0 && outcomes.every(({ isWhole }) => isWhole)) return outcomes;
  return judgeContender(contender, {
    *exact() {
      if (own !== undefined) yield* [...own.same(contender), ...own.around(contender)];
      yield* others.same(contender);
    },
    inside: () => [...(own?.inside(contender) ?? []), ...others.inside(contender)],
    accepts: (rule) => rule.route.kind === 'EgressRoute' || world.selects(rule, space),
  });
}

// All of them come before every ClusterEgressRoute.
function judgeAgainst(own: RivalIndex, contender: Contender): readonly Outcome[] {
  return against(own)(contender, [own], () => {
    const exact = () => [...own.same(contender), ...own.around(contender)];
    return judgeContender(contender, { exact, inside: own.inside });
  });
}

const against = memoByObject((_own: RivalIndex) => createMemo<Contender, readonly Outcome[]>());

function both(a: Outcome | undefined, b: Outcome): Outcome {
  if (a === undefined || a.losses.length === 0 || b.losses.length === 0) return nothing;
  if (a.losses.length >= mostLosses) return { losses: a.losses, isWhole: a.isWhole && b.isWhole };
  const more = b.losses.filter((loss) => !a.losses.some((known) => sameData(known, loss)));
  return { losses: [...a.losses, ...more], isWhole: a.isWhole && b.isWhole };
}
