import type { JudgedRoute } from '../compile/judged-route.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import { nameOf } from './explain.ts';
import type { Question } from './question.ts';
import { weigh, weighRoute } from './weigh.ts';
import { whyFirst } from './why-first.ts';

/** `namespace` is absent for a ClusterEgressRoute. */
export interface RouteName {
  readonly namespace?: string;
  readonly name: string;
}

/** Why a route does not decide about a packet. */
export interface WhyNot {
  /** "EgressRoute shop/payments" */
  readonly route: string;
  /** It does decide. */
  readonly decides: boolean;
  /** The rule of the route that is nearest to it, and its match. */
  readonly rule?: string;
  readonly match?: number;
  /** The fewest facts that would have to be otherwise. */
  readonly facts: readonly string[];
}

/** The smallest difference that would let this route decide; undefined when the snapshot has no such route. */
export function whyNot(snapshot: Snapshot, question: Question, route: RouteName): WhyNot | undefined {
  const { routes, applying } = weigh(snapshot, question);
  const found = routes.find((judged) => isNamed(judged, route));
  if (found === undefined) return undefined;
  const name = nameOf({
    route: {
      kind: found.kind,
      ...(route.namespace === undefined ? {} : { namespace: route.namespace }),
      name: route.name,
    },
  });
  const [first] = applying;
  if (first?.route === found)
    return { route: name, decides: true, rule: first.ruleName, match: first.rule.match, facts: [] };
  const own = applying.find((entry) => entry.route === found);
  if (own !== undefined && first !== undefined) {
    const reason = `${nameOf(first.rule)} must not come first: ${whyFirst(first.claim, own.claim)}`;
    return { route: name, decides: false, rule: own.ruleName, match: own.rule.match, facts: [reason] };
  }
  return { route: name, decides: false, ...nearest(found, question) };
}

function isNamed({ kind, route }: JudgedRoute, { namespace, name }: RouteName): boolean {
  return (
    route.metadata.name === name &&
    (namespace === undefined ? kind === 'ClusterEgressRoute' : route.metadata.namespace === namespace)
  );
}

function nearest(route: JudgedRoute, question: Question): Pick<WhyNot, 'rule' | 'match' | 'facts'> {
  const weighed = weighRoute(route, question).toSorted((a, b) => a.unmet.length - b.unmet.length);
  const broken = route.compiled.problems.map(({ field, problem }) => `${field}: ${problem}`);
  const [best] = weighed;
  if (best === undefined) return { facts: broken.length > 0 ? broken : ['the route must have a rule'] };
  const left = broken.map((text) => `or a rule that is left out must be valid: ${text}`);
  return { rule: best.ruleName, match: best.rule.match, facts: [...best.unmet, ...left] };
}
