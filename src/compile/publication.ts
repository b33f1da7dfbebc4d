import type { EgressRuleSet } from '../api/kinds.ts';
import type { RuleSetPlan } from './egress-plan.ts';
import { createMemo, memoByItems } from './memo.ts';
import { compareText } from './order.ts';
import { namespacesOf, nodesByNamespace } from './presence.ts';
import { readReport } from './report-index.ts';
import { actualDigest, plannedDigest } from './rule-set-digest.ts';
import type { Snapshot } from './snapshot.ts';
import { mapInSteps, type Steps } from './steps.ts';
import type { Alarm } from './time.ts';

/** Whether the rule sets of a Gateway are out, and whether every node has had the time to report them. */
export type Publication =
  | { readonly kind: 'publishing' }
  | {
      readonly kind: 'published';
      readonly digest: string;
      readonly settled: boolean;
      /** Ready nodes that have Pods of the namespaces that the rules are about, and have not said anything of the Gateway yet. */
      readonly silent: readonly string[];
    };

/** Milliseconds that reports may take: they spread over a window that grows with the nodes (20 ms to 5 s), and travel. */
function reportWindowMs(nodes: number): number {
  return Math.min(Math.max(nodes * 5, 20), 5000) + 300;
}

/** How far the desired rule sets of every Gateway have come, by uid. */
export function* readPublications(
  desired: ReadonlyMap<string, readonly RuleSetPlan[]>,
  snapshot: Snapshot,
  alarm: Alarm,
): Steps<ReadonlyMap<string, Publication>> {
  const actual = Map.groupBy(snapshot.ruleSets, ({ spec }) => spec.gateway.uid);
  const ready = readyNodes(snapshot.nodes);
  return new Map(
    yield* mapInSteps([...desired], ([uid, sets]) => {
      return [uid, readPublication({ uid, sets, actual, ready }, snapshot, alarm)] as const;
    }),
  );
}

const readyNodes = memoByItems(
  (nodes: Snapshot['nodes']) => new Set(nodes.flatMap(({ metadata, status }) => (status.ready ? [metadata.name] : []))),
);

interface RuleSets {
  readonly uid: string;
  readonly sets: readonly RuleSetPlan[];
  readonly actual: ReadonlyMap<string, readonly EgressRuleSet[]>;
  readonly ready: ReadonlySet<string>;
}

function readPublication({ uid, sets, actual, ready }: RuleSets, snapshot: Snapshot, alarm: Alarm): Publication {
  const digest = plannedDigest(sets);
  const out = actualDigest(actual.get(uid) ?? []);
  const since = snapshot.publishedAt.get(`${uid}/${digest}`);
  if (out !== digest || since === undefined) return { kind: 'publishing' };
  const end = since + reportWindowMs(snapshot.nodes.length);
  alarm.at(end);
  const silent = silentNodes(sets, [uid, snapshot.reports, snapshot.namespaces, ready]);
  return { kind: 'published', digest, settled: snapshot.now >= end, silent };
}

type Around = readonly [
  uid: string,
  reports: Snapshot['reports'],
  namespaces: Snapshot['namespaces'],
  ready: ReadonlySet<string>,
];

function silentNodes(sets: readonly RuleSetPlan[], around: Around): readonly string[] {
  const [first] = sets;
  if (first === undefined) return [];
  return silentOf(first, [...sets, ...around], () => findSilent(sets, around));
}

const silentOf = createMemo<RuleSetPlan, readonly string[]>();

function findSilent(sets: readonly RuleSetPlan[], [uid, reports, namespaces, ready]: Around): readonly string[] {
  const about = sets.flatMap(({ spec }) => [...namespacesOf(spec.rules, namespaces)]);
  const nodes = nodesByNamespace(reports);
  const spoken = speakers(reports).get(uid);
  const concerned = new Set(about.flatMap((name) => nodes.get(name) ?? []));
  return [...concerned].filter((node) => ready.has(node) && spoken?.has(node) !== true).sort(compareText);
}

// Who says which rule sets of a Gateway it has applied, by the Gateway's uid.
const speakers = memoByItems((reports: Snapshot['reports']) => {
  const entries = reports.flatMap(readReport).filter(({ report }) => report.ruleSets !== '');
  const byGateway = Map.groupBy(entries, ({ report }) => report.uid);
  return new Map([...byGateway].map(([uid, list]) => [uid, new Set(list.map(({ node }) => node))]));
});
