/** A budget of tokens per key: `burst` at first, then one per `refillMs`. */
export interface TokenBuckets {
  /** Takes one token; false when there is none. `now` is monotonic ms. */
  take(key: string, now: number): boolean;
}

/** Buckets that are full again are forgotten, so that memory follows the keys in use. */
export function createTokenBuckets({
  burst,
  refillMs,
}: {
  readonly burst: number;
  readonly refillMs: number;
}): TokenBuckets {
  const buckets = new Map<string, { tokens: number; at: number }>();
  let nextSweep = 0;
  const level = (bucket: { tokens: number; at: number }, now: number) =>
    Math.min(burst, bucket.tokens + (now - bucket.at) / refillMs);
  return {
    take: (key, now) => {
      if (now >= nextSweep) {
        nextSweep = now + burst * refillMs;
        for (const [name, bucket] of buckets) if (level(bucket, now) >= burst) buckets.delete(name);
      }
      const bucket = buckets.get(key) ?? { tokens: burst, at: now };
      const tokens = level(bucket, now);
      buckets.set(key, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
      return tokens >= 1;
    },
  };
}
