import type { EgressRuleSet } from '../api/kinds.ts';
import { actualDigest } from '../compile/rule-set-digest.ts';
import type { Clock } from '../platform/clock.ts';

/** Remembers since when each Gateway's rule sets are as they are. */
export interface PublishedMemory {
  /** The compile's time, and by `uid/digest` its `publishedAt`: both of the wall clock, and a jump of that moves both. */
  see(ruleSets: readonly EgressRuleSet[]): {
    readonly now: number;
    readonly publishedAt: ReadonlyMap<string, number>;
  };
}

/** A memory that measures by the monotonic clock: reports are waited for as long as they may take, whatever the wall clock does meanwhile. */
export function rememberPublished(clock: Clock): PublishedMemory {
  let seenAt: ReadonlyMap<string, number> = new Map();
  return {
    see: (ruleSets) => {
      const [now, monotonic] = [clock.now(), clock.monotonic()];
      const byGateway = Map.groupBy(ruleSets, ({ spec }) => spec.gateway.uid);
      const keys = [...byGateway].map(([uid, sets]) => `${uid}/${actualDigest(sets)}`);
      seenAt = new Map(keys.map((key) => [key, seenAt.get(key) ?? monotonic]));
      return { now, publishedAt: new Map([...seenAt].map(([key, at]) => [key, Math.floor(now - (monotonic - at))])) };
    },
  };
}
