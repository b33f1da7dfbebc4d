import { type Result, runTest } from './run-test.ts';
import type { Run } from './scope.ts';
import type { ConformanceTest } from './test.ts';

export interface SuiteOptions {
  /** How many tests run at a time, at least 1. */
  readonly parallel: number;
  /** Aborted: no more tests are started, and those under way are to be cut short by the world's clock. */
  readonly signal: AbortSignal;
  onStart?(test: ConformanceTest): void;
  onEnd?(result: Result): void;
}

/** Runs tests side by side, then those that must be alone one by one; results in the order of the end. Interrupted tests have none. */
export async function runSuite(
  run: Run,
  tests: readonly ConformanceTest[],
  options: SuiteOptions,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const work = async (queue: ConformanceTest[]) => {
    for (let test = queue.shift(); test !== undefined && !options.signal.aborted; test = queue.shift()) {
      options.onStart?.(test);
      const result = await runTest(run, test);
      if (options.signal.aborted) return;
      results.push(result);
      options.onEnd?.(result);
    }
  };
  const together = tests.filter(({ alone }) => alone !== true);
  await Promise.all(Array.from({ length: options.parallel }, () => work(together)));
  await work(tests.filter(({ alone }) => alone === true));
  return results;
}
