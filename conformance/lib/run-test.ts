import { ConformanceFailure, Skip } from './failure.ts';
import { openScope, type Run } from './scope.ts';
import type { ConformanceTest, Need } from './test.ts';

/** What became of one test; `milliseconds` by the world's clock. */
export type Outcome = { readonly milliseconds: number } & (
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'skipped'; readonly reason: string }
);

/** A finished test: `leftover` names what it made and could not delete. */
export interface Result {
  readonly test: ConformanceTest;
  readonly outcome: Outcome;
  readonly leftover: readonly string[];
}

/** Runs one test and takes away what it made; never rejects. */
export async function runTest(run: Run, test: ConformanceTest): Promise<Result> {
  const { clock } = run.world;
  const started = clock.now();
  const lacking = (test.needs ?? []).find((need) => !has(run, need));
  if (lacking !== undefined)
    return { test, outcome: { kind: 'skipped', reason: whyNot[lacking], milliseconds: 0 }, leftover: [] };
  const { scope, close } = openScope(run, test.name);
  const verdict = await test.run(scope).then(
    () => ({ kind: 'passed' }) as const,
    (error: unknown) => judge(error),
  );
  const milliseconds = clock.now() - started;
  return { test, outcome: { ...verdict, milliseconds }, leftover: await close() };
}

function judge(error: unknown) {
  if (error instanceof Skip) return { kind: 'skipped', reason: error.message } as const;
  if (error instanceof ConformanceFailure) return { kind: 'failed', message: error.message } as const;
  // Not the implementation's answer: a refusal of the API server, or a mistake of the suite. The stack says where.
  const message = error instanceof Error ? `${error.message}\n${stackOf(error)}` : String(error);
  return { kind: 'failed', message } as const;
}

function stackOf({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 4)
    .join('\n');
}

function has({ world }: Run, need: Need): boolean {
  switch (need) {
    case 'traffic':
      return world.traffic !== undefined;
    case 'faults':
      return world.faults !== undefined;
    case 'addresses':
      return world.addresses.usable.length > 0;
  }
}

const whyNot: Readonly<Record<Need, string>> = {
  traffic: 'no outside server is given (--outside-address)',
  faults: 'no command that breaks nodes is given (--fault-command)',
  addresses: 'no usable addresses are given (--usable-address)',
};
