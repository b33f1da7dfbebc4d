/** Between two bursts of one target, ms, before jitter: longer than conntrack keeps a flow that had no answer (30 s), so each is judged anew. */
export const usualMs = 30_000;
/** The same while something is about to be said. */
export const doubtMs = 2_500;

/** Bursts per second that all reflectors of a cluster together are asked for, at most. */
const burstsPerSecond = 30;
const shortestPauseMs = 200;

/** From the end of one burst to the next of whatever target, ms: with many Gateways the round is longer than `usualMs`. */
export function pauseOf(nodes: number): number {
  return Math.max(shortestPauseMs, (nodes * 1_000) / burstsPerSecond);
}

/** When a target is due again; `random` in 0..1: nodes do not ask in step. */
export function dueIn(isInDoubt: boolean, random: number, everyMs: number = usualMs): number {
  return (isInDoubt ? Math.min(doubtMs, everyMs) : everyMs) * (0.85 + 0.3 * random);
}

/** The earliest of them, and when it is due. */
export function nextOf(dueAt: ReadonlyMap<string, number>): { readonly key: string; readonly at: number } | undefined {
  let first: { readonly key: string; readonly at: number } | undefined;
  for (const [key, at] of dueAt) if (first === undefined || at < first.at) first = { key, at };
  return first;
}
