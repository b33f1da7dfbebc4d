import { ConformanceFailure, Skip } from './failure.ts';
import type { Scope } from './test.ts';

/** One look at the cluster: what was wanted, or what was seen instead. */
export type Look<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly seen: string };

/** What is waited for, in words: `expected` and `where` become the failure's message. */
export interface Wish {
  readonly expected: string;
  readonly where: string;
  /** Milliseconds: how long to wait (`eventually`), or for how long it must hold (`throughout`). */
  readonly within: number;
}

export const found = <T>(value: T): Look<T> => ({ ok: true, value });
export const missed = (seen: string): Look<never> => ({ ok: false, seen });

/** Looks until it is there; fails with the last look when time is up. What a look throws counts as seen. */
export async function eventually<T>(scope: Scope, wish: Wish, look: () => Promise<Look<T>>): Promise<T> {
  const { clock } = scope.world;
  const end = clock.now() + wish.within;
  for (;;) {
    const result = await lookSafely(look);
    if (result.ok) return result.value;
    if (clock.now() >= end) throw failureOf(wish, `${result.seen}, after ${wish.within / 1000} s`);
    await clock.sleep(scope.timeouts.poll);
  }
}

/** Looks again and again for as long as `wish.within`; fails at the first look that misses. */
export async function throughout(scope: Scope, wish: Wish, look: () => Promise<Look<unknown>>): Promise<void> {
  const { clock } = scope.world;
  const end = clock.now() + wish.within;
  for (;;) {
    const result = await look();
    if (!result.ok) throw failureOf(wish, result.seen);
    if (clock.now() >= end) return;
    await clock.sleep(scope.timeouts.poll);
  }
}

async function lookSafely<T>(look: () => Promise<Look<T>>): Promise<Look<T>> {
  try {
    return await look();
  } catch (error) {
    // A failure inside a look is the test's own verdict; everything else (an API server that restarts) may pass.
    if (error instanceof ConformanceFailure || error instanceof Skip) throw error;
    return missed(error instanceof Error ? error.message : String(error));
  }
}

function failureOf({ expected, where }: Omit<Wish, 'within'>, seen: string): ConformanceFailure {
  return new ConformanceFailure({ expected, seen, where });
}
