import type { Condition } from '../api/meta.ts';
import type { Finding } from '../api/reasons.ts';
import { eventsOf, reasonOf, renderConditions, type Subject } from './conditions.ts';
import type { Diagnostic, PlannedEvent } from './egress-plan.ts';

/** Turns findings into conditions and keeps the events and diagnostics that go with them. */
export interface Scribe {
  write(subject: Subject, findings: readonly Finding[]): Condition[];
  readonly events: readonly PlannedEvent[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A scribe of one compile; `now` in milliseconds. */
export function newScribe(now: number): Scribe {
  const events: PlannedEvent[] = [];
  const diagnostics: Diagnostic[] = [];
  return {
    events,
    diagnostics,
    write(subject, findings) {
      events.push(...eventsOf(subject, findings));
      for (const finding of findings) {
        if (isNotable(finding)) diagnostics.push({ at: subject.ref, code: finding.code, message: finding.message });
      }
      return renderConditions(subject, findings, now);
    },
  };
}

// What somebody would ask about: refusals, and what is still on its way.
function isNotable(finding: Finding): boolean {
  const { event, type, status } = reasonOf(finding);
  return event === 'Warning' || ((type === 'Programmed' || type === 'Accepted') && status === 'False');
}
