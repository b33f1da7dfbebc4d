import type { CompiledRule } from '../api/kinds.ts';
import { attachRoutes } from '../compile/attach-routes.ts';
import { type Contender, contendersOf } from '../compile/contender.ts';
import type { JudgedRoute } from '../compile/judged-route.ts';
import { compareText } from '../compile/order.ts';
import { type Platform, readPlatform } from '../compile/platform.ts';
import { comparePrecedence } from '../compile/precedence.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import { finish } from '../compile/steps.ts';
import { newAlarm } from '../compile/time.ts';
import { cidrContains } from '../net/cidr.ts';
import { rangeContains } from '../net/range.ts';
import type { Question } from './question.ts';
import { unmetFacts } from './unmet.ts';

/** One match of one rule of a route, held against a packet. */
export interface Weighed {
  readonly route: JudgedRoute;
  readonly rule: CompiledRule;
  /** The rule's name, or its place as "rules[0]". */
  readonly ruleName: string;
  /** What would have to be otherwise for it to apply; empty: it applies. */
  readonly unmet: readonly string[];
}

/** A rule that applies, by its most specific destination. */
export interface Applying extends Weighed {
  readonly claim: Contender;
}

/** Everything that is looked at for one packet. */
export interface Weighing {
  readonly platform: Platform;
  /** All routes, attached or not. */
  readonly routes: readonly JudgedRoute[];
  /** Strongest first: the first decides. */
  readonly applying: readonly Applying[];
  /** The other matches of routes that may select the Pod's namespace, those with the least to be otherwise first. */
  readonly others: readonly Weighed[];
}

/** Holds every route of a snapshot against a packet; with the controller's own judgement of what is valid and attached. */
export function weigh(snapshot: Snapshot, question: Question): Weighing {
  const platform = finish(readPlatform(snapshot, newAlarm(snapshot.now)));
  const routes = finish(attachRoutes(snapshot, platform.gateways));
  const namespace = question.namespace.metadata.name;
  const near = routes.filter(
    ({ kind, route }) => kind === 'ClusterEgressRoute' || route.metadata.namespace === namespace,
  );
  const weighed = near.flatMap((route) => weighRoute(route, question));
  const applying = weighed.filter(({ unmet }) => unmet.length === 0).flatMap((entry) => claimOf(entry, question));
  return {
    platform,
    routes,
    applying: applying.toSorted((a, b) => comparePrecedence(a.claim, b.claim)),
    others: weighed
      .filter(({ unmet }) => unmet.length > 0)
      .toSorted((a, b) => a.unmet.length - b.unmet.length || compareText(keyOf(a), keyOf(b))),
  };
}

/** Holds every match of one route against a packet; a rule that cannot be honoured counts with what is wrong with it. */
export function weighRoute(route: JudgedRoute, question: Question): readonly Weighed[] {
  const { compiled, winner, parents, noParent } = route;
  const refusal = winner === undefined ? (noParent ?? parents[0]?.accepted)?.message : undefined;
  const ofRoute = refusal === undefined ? [] : [`the route must be accepted by a Gateway: ${refusal}`];
  const excluded = winner?.gateway.excludedNamespaces ?? [];
  return compiled.rules.map((rule) => ({
    route,
    rule,
    ruleName: ruleNameOf(route, rule),
    unmet: [...ofRoute, ...unmetFacts(rule, question, excluded)],
  }));
}

function claimOf(entry: Weighed, { destination }: Question): readonly Applying[] {
  const held = contendersOf(entry.rule).filter(
    ({ cidr, region }) => cidrContains(cidr, destination) && region.some((range) => rangeContains(range, destination)),
  );
  const [first, ...more] = held;
  if (first === undefined) return [];
  return [{ ...entry, claim: more.reduce((best, next) => (next.prefix > best.prefix ? next : best), first) }];
}

function ruleNameOf({ route }: JudgedRoute, { rule }: CompiledRule): string {
  return route.spec.rules?.[rule]?.name ?? `rules[${rule}]`;
}

function keyOf({ rule: { route, rule, match } }: Weighed): string {
  return `${route.kind} ${route.namespace ?? ''}/${route.name} ${rule} ${match}`;
}
