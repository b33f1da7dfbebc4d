/** The bounds of an exponential back-off, in milliseconds. */
export interface BackoffLimits {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** The delay after `failures` (≥ 1) failures in a row: base × 2^(failures−1), capped, of which the upper half is random (`random` in [0, 1)). */
export function backoffMs(failures: number, limits: BackoffLimits, random: () => number): number {
  const whole = exponentialMs(failures, limits);
  return whole / 2 + (whole / 2) * random();
}

/** The same without jitter. */
export function exponentialMs(failures: number, { baseMs, maxMs }: BackoffLimits): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 60));
}
