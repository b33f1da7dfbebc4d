import type { Outcome } from '../lib/run-test.ts';
import type { ConformanceTest } from '../lib/test.ts';
import { type MistakeName, mistakes } from './mistakes.ts';
import { runTrial } from './trial.ts';

/** Which tests notice which mistakes. */
export interface Matrix {
  /** By test: what went wrong against the correct fake. */
  readonly failures: ReadonlyMap<string, string>;
  /** By mistake: the tests that fail, in the order of the suite. */
  readonly killers: ReadonlyMap<MistakeName, readonly string[]>;
  /** By test: the mistakes that make it fail. */
  readonly killed: ReadonlyMap<string, readonly MistakeName[]>;
}

/** Runs every test against the correct fake, then against every mistake that this test comes near. */
export async function runMatrix(
  tests: readonly ConformanceTest[],
  onTest: (test: ConformanceTest, killed: readonly MistakeName[]) => void,
): Promise<Matrix> {
  const failures = new Map<string, string>();
  const killed = new Map<string, readonly MistakeName[]>();
  for (const test of tests) {
    const { outcome, asked } = await runTrial(test);
    const twofold = await runTrial(test, { dualStack: true });
    const failure = whyNot(outcome) ?? whyNot(twofold.outcome);
    if (failure !== undefined) failures.set(test.name, failure);
    const found = failure === undefined ? await findKilled(test, asked) : [];
    killed.set(test.name, found);
    onTest(test, found);
  }
  const names = Object.keys(mistakes) as readonly MistakeName[];
  const killersOf = (name: MistakeName) => {
    return tests.filter((test) => killed.get(test.name)?.includes(name)).map((test) => test.name);
  };
  return { failures, killed, killers: new Map(names.map((name) => [name, killersOf(name)])) };
}

function whyNot(outcome: Outcome): string | undefined {
  if (outcome.kind === 'passed') return undefined;
  return outcome.kind === 'failed' ? outcome.message : `skipped: ${outcome.reason}`;
}

// A fake that is never asked about a mistake does the same with and without it: everything in it is deterministic.
async function findKilled(test: ConformanceTest, asked: ReadonlySet<MistakeName>): Promise<readonly MistakeName[]> {
  const killed: MistakeName[] = [];
  for (const mistake of Object.keys(mistakes) as readonly MistakeName[]) {
    if (!asked.has(mistake)) continue;
    const { outcome } = await runTrial(test, { mistake });
    if (outcome.kind === 'failed') killed.push(mistake);
  }
  return killed;
}

/**
 * A mistake that more than a quarter of all tests notice says nothing about one of them: whoever waits for a status notices
 * that observedGeneration is missing.
 */
const commonShare = 4;

/** What is wrong with suite and switches, one line each; none when every test and every mistake has its counterpart. */
export function judgeMatrix({ failures, killed, killers }: Matrix): readonly string[] {
  const failing = [...failures].map(([test, message]) => `${test} does not pass on the correct fake: ${message}`);
  const isCommon = (mistake: MistakeName) => (killers.get(mistake)?.length ?? 0) > killed.size / commonShare;
  const vacuous = [...killed].filter(([test, found]) => found.every(isCommon) && !failures.has(test));
  const survivors = [...killers].filter(([, tests]) => tests.length === 0);
  return [
    ...failing,
    ...vacuous.map(([test]) => `${test} notices no mistake but those that many tests notice`),
    ...survivors.map(([mistake]) => `${mistake} is noticed by no test: ${mistakes[mistake]}`),
  ];
}

/** The matrix as Markdown: both directions. */
export function renderMatrix({ killed, killers }: Matrix): string {
  const byMistake = [...killers].map(([name, tests]) => `| \`${name}\` | ${mistakes[name]} | ${tests.join(', ')} |`);
  const byTest = [...killed].map(
    ([test, found]) => `| ${test} | ${found.length} | ${found.map((name) => `\`${name}\``).join(', ')} |`,
  );
  return `# Which test notices which mistake

Written by \`npm run mutants -- --write\`: ${killed.size} tests, ${killers.size} mistakes. Every test passes on the correct fake implementation.

## By mistake
| mistake | what the implementer got wrong | tests that fail |
|---|---|---|
${byMistake.join('\n')}

## By test
| test | mistakes | which |
|---|---|---|
${byTest.join('\n')}
`;
}
