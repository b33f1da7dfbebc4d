import { keyOf } from '../kube/object.ts';
import { isOlderVersion } from '../kube/resource-version.ts';
import type { Clock } from '../platform/clock.ts';
import type { BatchResult } from './run-writes.ts';

/** The stored object's resourceVersion, undefined when the store holds none. */
export type VersionInStore = (plural: string, key: string) => string | undefined;

const longestWaitMs = 2_000;

/**
 * Waits until the watches show what was just written, so that the next compile does not decide on yesterday's objects and
 * write the same again; at most 2 s, for correctness never depends on it.
 */
export async function untilSeen(
  written: BatchResult['written'],
  versionInStore: VersionInStore,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const isSeen = ({ write, resourceVersion }: BatchResult['written'][number]): boolean => {
    const seen = versionInStore(write.resource.plural, keyOf({ name: write.name, namespace: write.namespace }));
    if (write.kind === 'delete' || resourceVersion === undefined) return write.kind !== 'delete' || seen === undefined;
    return seen !== undefined && !isOlderVersion(seen, resourceVersion);
  };
  const end = clock.monotonic() + longestWaitMs;
  for (let pause = 2; clock.monotonic() < end && !signal.aborted; pause = Math.min(pause * 2, 50)) {
    if (written.every(isSeen)) return;
    await clock.sleep(pause, signal).catch(() => {});
  }
}
