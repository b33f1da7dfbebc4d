import { backoffDelay } from '../platform/backoff.ts';
import { ApiError, isGone, isNotFound } from './api-error.ts';

/** What a reflector remembers between attempts, all counts of attempts in a row. */
export interface RetryState {
  readonly failures: number;
  /** Resource versions that expired before a watch settled. */
  readonly expiries: number;
  /** Attempts that failed on what was received, not on receiving it, without getting past it. */
  readonly poisonings: number;
  /** 404s of a kind that need not be served. */
  readonly absences: number;
  /** The last one did not reach the server. */
  readonly unreachable: boolean;
}

/** How an attempt (a list, a watch, or both in one stream) ended; `error` is undefined when the server ended it in order. */
export interface Attempt {
  readonly error: unknown;
  /** A list was completed, or a watch got past a resourceVersion. */
  readonly progressed: boolean;
  readonly livedMs: number;
  readonly optional: boolean;
  /** The sink has been filled once. */
  readonly synced: boolean;
}

export interface RetryPlan {
  readonly state: RetryState;
  readonly delayMs: number;
  /** Forget the resourceVersion: the next attempt lists. */
  readonly relist: boolean;
  /** The kind is not served: the sink is to be emptied. */
  readonly absent: boolean;
}

export const freshRetryState: RetryState = { failures: 0, expiries: 0, poisonings: 0, absences: 0, unreachable: false };

const limits = { initialMs: 200, maxMs: 30_000 };
/** Of a server that cannot be reached, which costs it nothing: who waits for it must not wait much longer than it is away. */
const unreachableMs = 10_000;
/** A watch that lasted this long worked, even if nothing happened in it. */
const settledMs = 5_000;
/** A 404 must come this often before what was there is dropped: an API server that just started may not know its CRDs. */
const absencesBeforeEmptying = 3;
const absentMs = 30_000;

/** Decides what follows an attempt; endless, capped at 30 s (10 s while the server cannot be reached), jittered by `random` in [0, 1). */
export function planRetry(state: RetryState, attempt: Attempt, random: () => number): RetryPlan {
  const { error } = attempt;
  const worked = attempt.progressed || attempt.livedMs >= settledMs;
  if (error === undefined && worked)
    return {
      state: { ...freshRetryState, expiries: keptExpiries(state, attempt) },
      delayMs: 0,
      relist: false,
      absent: false,
    };
  if (attempt.optional && isNotFound(error)) return planAbsence(state, attempt, random);
  const unreachable = isUnreachable(error);
  // A server that was away and answers may refuse a few times before it knows its roles and kinds: no reason to wait for long.
  const answersAgain = state.unreachable && !unreachable;
  const next = {
    failures: worked ? 1 : (answersAgain ? Math.min(state.failures, 2) : state.failures) + 1,
    expiries: isGone(error) ? keptExpiries(state, attempt) + 1 : keptExpiries(state, attempt),
    poisonings: isPoison(error) && !attempt.progressed ? state.poisonings + 1 : 0,
    absences: 0,
    unreachable,
  };
  const stuck = next.poisonings >= 3;
  const again = Math.max(next.failures, isGone(error) ? next.expiries : 1);
  return {
    state: stuck ? { ...next, poisonings: 0 } : next,
    delayMs: Math.max(
      backoffDelay(again - 1, { ...limits, ...(unreachable ? { maxMs: unreachableMs } : {}), random }),
      retryAfterOf(error) * (1 + random() / 4),
    ),
    relist: isGone(error) || stuck,
    absent: false,
  };
}

function planAbsence(state: RetryState, attempt: Attempt, random: () => number): RetryPlan {
  const absences = state.absences + 1;
  const certain = !attempt.synced || absences >= absencesBeforeEmptying;
  const delayMs = certain
    ? backoffDelay(0, { initialMs: absentMs, maxMs: absentMs, random })
    : backoffDelay(absences - 1, { ...limits, random });
  return {
    state: { ...freshRetryState, absences: certain ? absencesBeforeEmptying : absences },
    delayMs,
    relist: true,
    absent: certain,
  };
}

// Only a watch that lasted shows that expiry is over: completing a list does not.
function keptExpiries(state: RetryState, attempt: Attempt): number {
  return attempt.livedMs >= settledMs ? 0 : state.expiries;
}

// A throwing sink, or bytes that are no events: repeating the same watch may repeat the failure for ever, a list may not.
function isPoison(error: unknown): boolean {
  return !(error instanceof ApiError) || error.reason === 'BadBody';
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ApiError && error.code === 0 && error.reason === 'Network';
}

function retryAfterOf(error: unknown): number {
  return error instanceof ApiError ? Math.min(error.retryAfterMs ?? 0, limits.maxMs) : 0;
}
