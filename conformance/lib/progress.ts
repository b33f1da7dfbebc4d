import type { Result } from './run-test.ts';

/** How lines look: colours only for a terminal. */
export interface ProgressStyle {
  readonly colours: boolean;
  /** How many tests there are. */
  readonly total: number;
}

const signs = { passed: ['ok  ', 32], failed: ['FAIL', 31], skipped: ['skip', 33] } as const;

/** What is printed when the `count`th test has ended: one line, and below it a failure's message. */
export function renderProgress({ colours, total }: ProgressStyle, count: number, result: Result): string {
  const { test, outcome, leftover } = result;
  const [sign, colour] = signs[outcome.kind];
  const mark = colours ? `\u001b[${colour}m${sign}\u001b[0m` : sign;
  const width = `${total}`.length;
  const seconds = (outcome.milliseconds / 1000).toFixed(1);
  const reason = outcome.kind === 'skipped' ? `: ${outcome.reason}` : ` (${seconds} s)`;
  const lines = [`${`${count}`.padStart(width)}/${total} ${mark} ${test.name}${reason}`];
  if (outcome.kind === 'failed') lines.push(...indented(test.description), ...indented(outcome.message));
  if (leftover.length > 0) lines.push(...indented(`not deleted: ${leftover.join('; ')}`));
  return `${lines.join('\n')}\n`;
}

function indented(text: string): readonly string[] {
  return text.split('\n').map((line) => `       ${line}`);
}
