import type { EgressRuleSet } from '../api/kinds.ts';
import type { RuleSetPlan } from './egress-plan.ts';
import { actualDigest, plannedDigest } from './rule-set-digest.ts';
import type { Snapshot } from './snapshot.ts';
import type { Alarm } from './time.ts';

/** Whether the rule sets of a Gateway are out, and whether every node has had the time to report them. */
export type Publication =
  | { readonly kind: 'publishing' }
  | { readonly kind: 'published'; readonly digest: string; readonly settled: boolean };

/** Milliseconds that reports may take: they spread over a window that grows with the nodes (20 ms to 5 s), and travel. */
function reportWindowMs(nodes: number): number {
  return Math.min(Math.max(nodes * 5, 20), 5000) + 300;
}

/** How far the desired rule sets of every Gateway have come, by uid. */
export function readPublications(
  desired: ReadonlyMap<string, readonly RuleSetPlan[]>,
  snapshot: Snapshot,
  alarm: Alarm,
): ReadonlyMap<string, Publication> {
  const actual = Map.groupBy(snapshot.ruleSets, ({ spec }) => spec.gateway.uid);
  return new Map([...desired].map(([uid, sets]) => [uid, readPublication({ uid, sets, actual }, snapshot, alarm)]));
}

interface RuleSets {
  readonly uid: string;
  readonly sets: readonly RuleSetPlan[];
  readonly actual: ReadonlyMap<string, readonly EgressRuleSet[]>;
}

function readPublication({ uid, sets, actual }: RuleSets, snapshot: Snapshot, alarm: Alarm): Publication {
  const digest = plannedDigest(sets);
  const out = actualDigest(actual.get(uid) ?? []);
  const since = snapshot.publishedAt.get(`${uid}/${digest}`);
  if (out !== digest || since === undefined) return { kind: 'publishing' };
  const end = since + reportWindowMs(snapshot.nodes.length);
  alarm.at(end);
  return { kind: 'published', digest, settled: snapshot.now >= end };
}
