/** How long freed numbers and addresses rest at most, even while a report still mentions their holder (decisions.md 3). */
export const longestRestMs = 600_000;
/** How long they rest at least: longer than the jitter of a node's report. */
export const shortestRestMs = 10_000;

/** Milliseconds to RFC 3339 text with whole seconds, as metav1.Time. */
export function formatTime(milliseconds: number): string {
  return `${new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 text to milliseconds; undefined when malformed. */
export function parseTime(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** Collects times at which a result will change without any event. */
export interface Alarm {
  /** Notes a time in milliseconds; times not after `now` are left out. */
  at(milliseconds: number): void;
  earliest(): number | undefined;
}

/** An empty Alarm. */
export function newAlarm(now: number): Alarm {
  let next: number | undefined;
  return {
    at(milliseconds) {
      if (milliseconds > now && (next === undefined || milliseconds < next)) next = milliseconds;
    },
    earliest: () => next,
  };
}
