import type { Clock } from '../platform/clock.ts';

/** How long Pods' addresses wait until the kernel knows what their packets may do. */
export interface PodDelay {
  /** Something was heard of Pods or their addresses. */
  heard(): void;
  /** A round begins: what is heard from now on is the next one's. */
  begin(): void;
  /** The round has put these addresses into the kernel. */
  programmed(addresses: readonly string[]): void;
}

/** Observes, in seconds, each address that is new; none of those that were there when the agent began, and of a round that failed from the one before it on. */
export function createPodDelay(clock: Pick<Clock, 'monotonic'>, observe: (seconds: number) => void): PodDelay {
  let known: ReadonlySet<string> | undefined;
  let heardAt: number | undefined;
  let since: number | undefined;
  return {
    heard: () => {
      heardAt ??= clock.monotonic();
    },
    begin: () => {
      since ??= heardAt;
      heardAt = undefined;
    },
    programmed: (addresses) => {
      const before = known;
      known = new Set(addresses);
      const began = since;
      since = undefined;
      if (before === undefined || began === undefined) return;
      const seconds = (clock.monotonic() - began) / 1_000;
      for (const address of known) if (!before.has(address)) observe(seconds);
    },
  };
}
