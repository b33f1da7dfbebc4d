import { getObject } from '../kube/apply.ts';
import { isNotFound, type KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Clock } from '../platform/clock.ts';
import type { Check } from './writes.ts';

/** Looks at the API server before writes: the first problem found, or undefined. Rejects with ApiError when it cannot look. */
export type Checker = (checks: readonly Check[]) => Promise<string | undefined>;

/** How long an answer stands for the object, in ms: many writes of one batch ask for the same one, and nothing rests so shortly. */
const freshMs = 1_000;

/** A checker for one batch of writes. */
export function createChecker(options: {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Checker {
  const { client, clock, signal } = options;
  const known = new Map<string, { readonly at: number; readonly object: Promise<KubeObject | undefined> }>();
  const look = ({ resource, name }: Check): Promise<KubeObject | undefined> => {
    const key = `${resource.plural}/${name}`;
    const found = known.get(key);
    if (found !== undefined && clock.monotonic() - found.at < freshMs) return found.object;
    const object = getObject(client, resource, { name }, { signal }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    known.set(key, { at: clock.monotonic(), object });
    return object;
  };
  return async (checks) => {
    for (const check of checks) {
      const problem = check.problem(await look(check));
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}
