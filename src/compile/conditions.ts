import type { Condition, ObjectRef } from '../api/meta.ts';
import { type Finding, type Reason, reasons } from '../api/reasons.ts';
import type { PlannedEvent } from './egress-plan.ts';
import { formatTime } from './time.ts';

/** The object (or part of one) whose conditions are being written. */
export interface Subject {
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly generation: number;
  /** What the object's status says now. */
  readonly previous: readonly Condition[];
}

/** One row of the table of reasons. */
export function reasonOf(finding: Finding): Reason {
  return reasons[finding.code];
}

/** Whether the finding turns its condition to True. */
export function isTrue(finding: Finding): boolean {
  return reasonOf(finding).status === 'True';
}

/** Whether the finding leaves its condition Unknown: what it hangs on is not decided yet. */
export function isUndecided(finding: Finding): boolean {
  return reasonOf(finding).status === 'Unknown';
}

/** Findings to conditions of this generation, sorted by type; lastTransitionTime moves only with the status. */
export function renderConditions(subject: Subject, findings: readonly Finding[], now: number): Condition[] {
  return findings
    .map((finding) => {
      const { type, status, reason } = reasonOf(finding);
      const before = subject.previous.find((condition) => condition.type === type);
      const lastTransitionTime = before?.status === status ? before.lastTransitionTime : formatTime(now);
      const observedGeneration = subject.generation;
      return { type, status, reason, message: finding.message, observedGeneration, lastTransitionTime };
    })
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}

/** Events for findings that the object's status does not show yet. */
export function eventsOf(subject: Subject, findings: readonly Finding[]): PlannedEvent[] {
  return findings.flatMap((finding) => {
    const { type, status, reason, event } = reasonOf(finding);
    const before = subject.previous.find((condition) => condition.type === type);
    if (event === undefined || (before?.status === status && before.reason === reason)) return [];
    return [{ regarding: { ...subject.ref, uid: subject.uid }, type: event, reason, note: finding.message }];
  });
}
