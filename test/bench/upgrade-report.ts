import { quantile, spread } from './figures.ts';
import type { Row } from './section.ts';
import type { Direction, UpgradeLine } from './upgrade-inside.ts';

type StepLine = Extract<UpgradeLine, { kind: 'step' }>;
type SeenLine = Extract<UpgradeLine, { kind: 'seen' }>;

const stepNames = {
  apply: 'CRDs, controller, agents',
  daemons: 'daemons, node by node, drained',
} as const;

/** The table of `upgrade`, and what is to be said of it. */
export function upgradeRows(
  lines: readonly UpgradeLine[],
  { before, now }: { readonly before: string; readonly now: string },
): { readonly rows: readonly Row[]; readonly notes: readonly string[] } {
  const steps = lines.filter((line): line is StepLine => line.kind === 'step');
  const names: Readonly<Record<Direction, string>> = { up: 'N−1 → N', back: 'N → N−1' };
  const rows = (['up', 'back'] as const).flatMap((direction) => {
    const own = steps.filter((step) => step.direction === direction);
    return own.length === 0 ? [] : directionRows(names[direction], own);
  });
  return { rows: [...rows, ...sourceRows(lines)], notes: [noteOf(before, now)] };
}

const noteOf = (before: string, now: string): string =>
  `N−1 is ${before}, N is ${now}. Every Pod's flows are numbered datagrams and TCP connections that were opened before the first upgrade, on all
nodes, of one Gateway; windows of a second more on both sides of each step. The baseline is as long a time with nothing done, in the same run: what the machine itself loses and delays.
What is sent between two windows (some seconds in which nothing is done) is not counted, but the connections live through it.
*Silence*: between two answers of the echo, whatever was late.`;

function directionRows(name: string, steps: readonly StepLine[]): readonly Row[] {
  const quiet = steps.filter(({ step }) => step === 'quiet');
  return (['apply', 'daemons'] as const).flatMap((step) => {
    const own = steps.filter((line) => line.step === step);
    if (own.length === 0) return [];
    const measure = `${name}: ${stepNames[step]} (${own.length})`;
    const [sum, still] = [sumOf(own), sumOf(quiet)];
    return [
      {
        measure: `${measure}: datagrams lost`,
        figure: `${sum.lost} of ${sum.sent}`,
        baseline: `${still.lost} of ${still.sent}`,
        goal: '0',
        met: sum.lost === 0,
      },
      {
        measure: `${measure}: TCP connections that survived`,
        figure: `${sum.survived} of ${sum.opened}`,
        baseline: `${still.survived} of ${still.opened}`,
        goal: 'all',
        met: sum.survived === sum.opened,
      },
      { measure: `${measure}: longest TCP stall`, figure: stalls(own), baseline: stalls(quiet) },
      { measure: `${measure}: longest UDP silence`, figure: silences(own), baseline: silences(quiet) },
      {
        measure: `${measure}: time`,
        figure: spread(
          own.map(({ seconds }) => seconds),
          's',
        ),
      },
    ];
  });
}

const stalls = (steps: readonly StepLine[]) =>
  percentiles(steps.map(({ pods }) => Math.max(...pods.map(({ tcp }) => tcp.stallMs))));
const silences = (steps: readonly StepLine[]) =>
  percentiles(steps.map(({ pods }) => Math.max(...pods.map(({ udp }) => udp.silenceMs))));

function percentiles(values: readonly number[]): string {
  if (values.length === 0) return '';
  return `${quantile(values, 0.5).toFixed(0)} ms, most ${quantile(values, 1).toFixed(0)} ms`;
}

function sumOf(steps: readonly StepLine[]): Readonly<Record<'sent' | 'lost' | 'opened' | 'survived', number>> {
  const pods = steps.flatMap((step) => step.pods);
  const sum = (pick: (pod: StepLine['pods'][number]) => number) => pods.reduce((total, pod) => total + pick(pod), 0);
  return {
    sent: sum(({ udp }) => udp.sent),
    lost: sum(({ udp }) => udp.lost),
    opened: sum(({ tcp }) => tcp.opened),
    survived: sum(({ tcp }) => tcp.survived),
  };
}

function sourceRows(lines: readonly UpgradeLine[]): readonly Row[] {
  const seen = lines.findLast((line): line is SeenLine => line.kind === 'seen');
  if (seen === undefined) return [];
  const figure = `${seen.wrong} of ${seen.right + seen.wrong}`;
  return [{ measure: 'packets with a wrong source', figure, goal: '0', met: seen.wrong === 0 }];
}
