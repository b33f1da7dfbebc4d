import type { CompiledRule, GatewayHolder } from '../api/kinds.ts';
import { holderOf } from './allocate-addresses.ts';
import type { JudgedRoute } from './attach-routes.ts';
import { canonicalJson } from './canonical-json.ts';
import type { CompiledRoute } from './compile-rules.ts';
import { digest } from './digest.ts';
import type { RuleSetPlan } from './egress-plan.ts';
import type { JudgedGateway } from './judge-gateways.ts';
import { createMemo, createShelf, memoByObject } from './memo.ts';
import { compareText } from './order.ts';
import { mapInSteps, type Steps } from './steps.ts';

/** A shard is split when it has more rules (the CRD's limit), or more text than an API object should. */
const mostRules = 500;
const mostText = 400_000;
/** Shard numbers stay below the CRD's 10,000. */
const deepestSplit = 12;
/** So many levels split between routes, deeper ones within a route. */
const routeLevels = 8;

interface Item {
  readonly rule: CompiledRule;
  readonly text: string;
}

const routeHash = memoByObject((rule: CompiledRule) => hashBits(`${rule.route.kind}/${routeName(rule)}`));
const matchHash = memoByObject((rule: CompiledRule) => hashBits(`${routeName(rule)}/${rule.rule}/${rule.match}`));
const plans = createShelf<CompiledRoute, readonly RuleSetPlan[]>();
const shards = createMemo<Item, RuleSetPlan>();
const items = createMemo<CompiledRule, Item>();

/** The rule sets of one Gateway from the routes that it carries, by shard. */
export function* planRuleSets(judged: JudgedGateway, routes: readonly JudgedRoute[]): Steps<readonly RuleSetPlan[]> {
  const compiled = routes.map((route) => route.compiled);
  const [first] = compiled;
  if (first === undefined) return [];
  const { uid, namespace, name } = holderOf(judged.gateway);
  const inputs = [uid, namespace, name, judged.excludedNamespaces.join(), ...compiled];
  const found = plans.find(first, inputs);
  if (found !== undefined) return found;
  const members = yield* mapInSteps(compiled, ({ rules }) => rules.map((rule) => toItem(rule, judged)));
  const all = members.flat();
  // What a split will ask for: ten thousand hashes at once would take a tenth of a second.
  if (all.length > mostRules) yield* mapInSteps(all, ({ rule }) => routeHash(rule));
  const planned: RuleSetPlan[] = [];
  for (const shard of splitShard(all, 0, 0)) {
    planned.push(planShard(shard, { uid, namespace, name }));
    yield;
  }
  plans.keep(first, inputs, planned);
  return planned;
}

function planShard({ shard, members }: Shard, gateway: GatewayHolder): RuleSetPlan {
  const render = (): RuleSetPlan => {
    const sorted = [...members].sort((a, b) => compareRules(a.rule, b.rule));
    const text = `[${sorted.map((item) => item.text).join(',')}]`;
    const rules = sorted.map(({ rule }) => rule);
    return { name: `${gateway.uid}-${shard}`, spec: { gateway, shard, digest: digest(text), rules } };
  };
  const [first] = members;
  const { uid, namespace, name } = gateway;
  return first === undefined ? render() : shards(first, [uid, namespace, name, shard, ...members], render);
}

function toItem(rule: CompiledRule, { excludedNamespaces }: JudgedGateway): Item {
  const isWhole = rule.route.kind === 'EgressRoute' || rule.namespaceSelector !== undefined;
  return items(rule, [isWhole ? '' : excludedNamespaces.join()], () => {
    const whole = isWhole ? rule : { ...rule, excludedNamespaces };
    return { rule: whole, text: canonicalJson(whole) };
  });
}

interface Shard {
  readonly shard: number;
  readonly members: readonly Item[];
}

/**
 * A binary tree over hashes of the routes: shard 0 is the root, n's halves are 2n+1 and 2n+2. A rule's shard depends on
 * its own hash and on what shares it, so that adding a rule rewrites one shard, or splits one.
 */
function splitShard(members: readonly Item[], shard: number, depth: number): readonly Shard[] {
  const text = members.reduce((sum, item) => sum + item.text.length, 0);
  if ((members.length <= mostRules && text <= mostText) || members.length <= 1 || depth >= deepestSplit) {
    return members.length === 0 ? [] : [{ shard, members }];
  }
  const isHigh = ({ rule }: Item) => {
    return depth < routeLevels ? bitAt(routeHash(rule), depth) : bitAt(matchHash(rule), depth - routeLevels);
  };
  return [
    ...splitShard(
      members.filter((item) => !isHigh(item)),
      2 * shard + 1,
      depth + 1,
    ),
    ...splitShard(members.filter(isHigh), 2 * shard + 2, depth + 1),
  ];
}

function hashBits(text: string): number {
  return Number.parseInt(digest(text).slice(0, 4), 16);
}

function bitAt(bits: number, level: number): boolean {
  return ((bits >> (15 - level)) & 1) === 1;
}

function routeName({ route }: CompiledRule): string {
  return `${route.namespace ?? ''}/${route.name}`;
}

function compareRules(a: CompiledRule, b: CompiledRule): number {
  return (
    compareText(b.route.kind, a.route.kind) ||
    compareText(a.created, b.created) ||
    compareText(routeName(a), routeName(b)) ||
    a.rule - b.rule ||
    a.match - b.match
  );
}
