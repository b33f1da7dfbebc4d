import type { EgressNodeReport, EgressPlacement } from '../api/kinds.ts';
import { memoByObject } from './memo.ts';
import { type Alarm, longestRestMs, shortestRestMs } from './time.ts';

/** Decides how long what was freed must rest before somebody else may have it (decisions.md 3). */
export interface RestJudge {
  /** Whether a node that still exists reports this Gateway. */
  mentionsGateway(uid: string): boolean;
  /** Whether a Ready node reports this Gateway: one that is cut off cannot tell when it lets go. */
  holdsGateway(uid: string): boolean;
  /** Whether a node that still exists reports this failover group. */
  mentionsGroup(group: number): boolean;
  /** Whether a placement still carries this address or number: then nobody else may have it, however long that takes. */
  isPlaced(what: string | { readonly id: number } | { readonly group: number }): boolean;
  /** Whether what was freed at `releasedAt` (milliseconds) still rests; notes when that changes by time alone. */
  isResting(releasedAt: number | undefined, mentioned: boolean): boolean;
}

/** Where traces of earlier holders are looked for; reports of nodes that still exist: a node that is gone holds no flows. */
export interface RestInput {
  readonly reports: readonly EgressNodeReport[];
  readonly placements: readonly EgressPlacement[];
  readonly now: number;
  /** Names of the nodes that are Ready. */
  readonly ready: ReadonlySet<string>;
}

/** A judge over reports and placements; times at which its answers change by time alone go to the alarm. */
export function newRestJudge({ reports, placements, now, ready }: RestInput, alarm: Alarm): RestJudge {
  const { gateways, groups } = tracesIn(reports);
  const placed = tracesOn(placements);
  return {
    mentionsGateway: (uid) => gateways.has(uid),
    holdsGateway: (uid) =>
      gateways.has(uid) &&
      reports.some(({ metadata, status }) => ready.has(metadata.name) && status?.gateways?.some((g) => g.uid === uid)),
    mentionsGroup: (group) => groups.has(group),
    isPlaced(what) {
      if (typeof what === 'string') return placed.has(what);
      return placed.has('id' in what ? `id ${what.id}` : `group ${what.group}`);
    },
    isResting(releasedAt, mentioned) {
      if (releasedAt === undefined) return false;
      const end = releasedAt + (mentioned ? longestRestMs : shortestRestMs);
      alarm.at(end);
      return now < end;
    },
  };
}

// Loops: there may be a hundred thousand entries.
const tracesIn = memoByObject((reports: readonly EgressNodeReport[]) => {
  const gateways = new Set<string>();
  const groups = new Set<number>();
  for (const { status } of reports) {
    for (const { uid } of status?.gateways ?? []) gateways.add(uid);
    for (const { group } of status?.groups ?? []) groups.add(group);
  }
  return { gateways, groups };
});

const tracesOn = memoByObject(
  (placements: readonly EgressPlacement[]) =>
    new Set(
      placements.flatMap(({ spec }) => [
        `group ${spec.group}`,
        ...spec.identities.flatMap(({ id, ipv4, ipv6 }) => [`id ${id}`, ipv4 ?? '', ipv6 ?? '']),
      ]),
    ),
);
