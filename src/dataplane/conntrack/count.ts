import type { Clock } from '../../platform/clock.ts';
import type { Runner } from '../../platform/exec.ts';
import { createFlowCounter, type FlowCount } from './parse-count.ts';

export interface CountOptions {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The marks to look for under their mask: the kernel leaves out all other flows. */
  readonly marks: readonly number[];
  readonly mask: number;
  /** As `createFlowCounter` has it. */
  readonly names: ReadonlyMap<string, string>;
}

const longestMs = 60_000;

/** Counts flows as they are listed (`conntrack -L`), a process for each mark, without keeping any. Throws when a walk did not come to its end. */
export async function countFlows(options: CountOptions): Promise<ReadonlyMap<string, FlowCount>> {
  const { runner, clock, signal, marks, mask, names } = options;
  const counter = createFlowCounter(names);
  const over = new AbortController();
  const ending = AbortSignal.any([signal, over.signal]);
  clock.sleep(longestMs, ending).then(
    () => over.abort(),
    () => {},
  );
  try {
    for (const mark of marks) {
      const args = ['-L', '-m', `${mark}/${mask}`];
      const status = await runner.lines('conntrack', args, { signal: ending, onLine: counter.onLine });
      if (status.kind === 'killed') throw new Error(`conntrack -L was ended by ${status.signal}`);
      if (status.exitCode !== 0) throw new Error(`conntrack -L failed: ${status.stderr.trim().slice(0, 200)}`);
    }
  } finally {
    over.abort();
  }
  return counter.counts();
}
