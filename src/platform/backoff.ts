/** How long to wait before the next attempt: doubles from `initialMs` up to `maxMs`. */
export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
}

/** The wait after failed attempt number `attempt` (0, 1, …): half of it fixed, half random, so that clients that failed together part. */
export function backoffDelay(attempt: number, options: BackoffOptions): number {
  const full = Math.min(options.maxMs, options.initialMs * 2 ** attempt);
  return full / 2 + (full / 2) * options.random();
}

/** The waits one after another, without end; take a new generator after a success. */
export function* backoffDelays(options: BackoffOptions): Generator<number, never, undefined> {
  for (let attempt = 0; ; attempt += 1) yield backoffDelay(attempt, options);
}
