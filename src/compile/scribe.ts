import type { Condition } from '../api/meta.ts';
import type { Finding } from '../api/reasons.ts';
import { eventsOf, reasonOf, renderConditions, type Subject } from './conditions.ts';
import type { Diagnostic, PlannedEvent } from './egress-plan.ts';

/** Turns findings into conditions and keeps the events and diagnostics that go with them. */
export interface Scribe {
  write(subject: Subject, findings: readonly Finding[]): Condition[];
  /** Adds what another scribe of the same compile kept. */
  adopt(other: Pick<Scribe, 'events' | 'diagnostics' | 'isDated'>): void;
  /** Whether any condition carries the time of this compile, so that the next one would write another. */
  readonly isDated: boolean;
  readonly events: readonly PlannedEvent[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A scribe of one compile; `now` in milliseconds. */
export function newScribe(now: number): Scribe {
  const events: PlannedEvent[] = [];
  const diagnostics: Diagnostic[] = [];
  let isDated = false;
  return {
    events,
    diagnostics,
    get isDated() {
      return isDated;
    },
    adopt(other) {
      // Several parents may say the same of one route: it is told once.
      const distinct = new Map(other.events.map((event) => [JSON.stringify(event), event]));
      events.push(...distinct.values());
      if (other.diagnostics.length > 0) diagnostics.push(...other.diagnostics);
      isDated ||= other.isDated;
    },
    write(subject, findings) {
      events.push(...eventsOf(subject, findings));
      for (const finding of findings) {
        if (isNotable(finding)) diagnostics.push({ at: subject.ref, code: finding.code, message: finding.message });
      }
      const conditions = renderConditions(subject, findings, now);
      isDated ||= conditions.some(({ type, status }) => {
        return subject.previous.find((condition) => condition.type === type)?.status !== status;
      });
      return conditions;
    },
  };
}

// What somebody would ask about: refusals, losses, and what is still on its way.
function isNotable(finding: Finding): boolean {
  if (finding.code === 'RouteShadowed') return true;
  const { event, type, status } = reasonOf(finding);
  return event === 'Warning' || ((type === 'Programmed' || type === 'Accepted') && status !== 'True');
}
