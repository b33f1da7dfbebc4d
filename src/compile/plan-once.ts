import { createMemo } from './memo.ts';
import { newScribe, type Scribe } from './scribe.ts';
import { formatTime } from './time.ts';

/** How one status is planned: `inputs` must name everything that `plan` reads, its key and the scribe excepted. */
export interface Planning<Plan> {
  readonly inputs: readonly unknown[];
  /** Milliseconds, the scribe's own time. */
  readonly now: number;
  readonly plan: (scribe: Scribe) => Plan;
}

/** A plan with what its scribe kept: for the compile's own to adopt. */
export interface Planned<Plan> extends Pick<Scribe, 'events' | 'diagnostics' | 'isDated'> {
  readonly value: Plan;
  readonly time: string;
}

/** Plans once per key while the inputs stay the same: the same plan then, with the same events, unless it carries the time of its compile. */
export function createPlanMemo<Key extends object, Plan>(): (key: Key, planning: Planning<Plan>) => Planned<Plan> {
  const known = createMemo<Key, Planned<Plan>>();
  return (key, { inputs, now, plan }) => {
    const compute = (): Planned<Plan> => {
      const own = newScribe(now);
      const value = plan(own);
      return { value, time: formatTime(now), events: own.events, diagnostics: own.diagnostics, isDated: own.isDated };
    };
    const planned = known(key, inputs, compute);
    // The marker makes the inputs differ from any real ones: what is dated is planned anew by every compile.
    return planned.isDated && planned.time !== formatTime(now) ? known(key, [known], compute) : planned;
  };
}
