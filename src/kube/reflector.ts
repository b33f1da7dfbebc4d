import type { ReflectOptions } from './reflector-options.ts';
import { planRetry } from './reflector-retry.ts';
import { attempt, empty, report, startRun } from './reflector-run.ts';
import type { KubeClient } from './request.ts';

export type { ReflectOptions, ReflectorState, Sink } from './reflector-options.ts';

/** Keeps `sink` equal to a collection of the API server until `signal` aborts, whatever fails meanwhile; never rejects. */
export async function reflect<T>(client: KubeClient, options: ReflectOptions<T>): Promise<void> {
  const { clock, signal, random = Math.random } = options;
  const run = startRun(client, options);
  while (!signal.aborted) {
    const started = clock.monotonic();
    run.progressed = false;
    const error = await attempt(run);
    if (signal.aborted) return;
    const { progressed, synced } = run;
    const ended = {
      error,
      progressed,
      synced,
      livedMs: clock.monotonic() - started,
      optional: options.optional ?? false,
    };
    const plan = planRetry(run.retry, ended, random);
    run.retry = plan.state;
    if (plan.relist) run.version = undefined;
    const emptied = plan.absent && empty(run);
    if (plan.delayMs === 0) continue;
    report(
      run,
      emptied ? { kind: 'absent', retryInMs: plan.delayMs } : { kind: 'waiting', error, retryInMs: plan.delayMs },
    );
    await clock.sleep(plan.delayMs, signal).catch(() => undefined);
  }
}
