import { parseArgs } from 'node:util';
import type { ChurnLine } from './churn-inside.ts';
import { quantile } from './figures.ts';
import { runInLab } from './lab-run.ts';
import { currentLoad, publish, type Row } from './section.ts';

const options = {
  pods: { type: 'string', default: '200' },
  parallel: { type: 'string', default: '6' },
  smoke: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
} as const;

/** Pods that come and go, of two Gateways and of none, each sending from its first instruction: whose packets left with what. */
export async function churn(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const loadBefore = currentLoad();
  let last: ChurnLine | undefined;
  const pods = values.smoke ? '40' : values.pods;
  const inside = ['--pods', pods, '--parallel', values.parallel];
  const end = await runInLab<ChurnLine>({ lab: ['--nodes', '3'], script: 'churn-inside.ts', args: inside }, (line) => {
    last = line;
  });
  const note = `Pods of two tenants with a Gateway each and of one without a route, in turn, on three nodes, ${values.parallel} at a time; each sends a datagram about
every 6 ms from the moment its network namespace exists, until 0.3 s after it was heard, and is deleted; its address is given to the
next Pod at once, which sends from the same 64 ports. The server outside knows of each which source it must have. Times: from the moment when the container runtime
named the Pod's address to the arrival outside of the first right datagram; the baseline is when a watch of the API server told the address.`;
  const isCutShort = end !== 'done';
  const section = { name: 'churn', command: ['churn', ...args], loadBefore, notes: [note], isCutShort };
  await publish({ ...section, rows: last === undefined ? [] : rowsOf(last) }, values.write);
}

function rowsOf({ started, selectedMs, otherMs, watchMs, silent, right, wrong, strange }: ChurnLine): readonly Row[] {
  const p99 = quantile(selectedMs, 0.99);
  const baseline = `API watch: ${percentiles(watchMs)}`;
  return [
    { measure: 'Pods started', figure: `${started}` },
    {
      measure: "leaked: packets with a source that is not their Pod's",
      figure: `${wrong} of ${wrong + right}`,
      goal: '0',
      met: wrong === 0,
    },
    {
      measure: 'packets of a source that nobody has (capture outside)',
      figure: `${strange}`,
      goal: '0',
      met: strange === 0,
    },
    { measure: 'Pods of which no packet came within ten seconds', figure: `${silent}`, goal: '0', met: silent === 0 },
    {
      measure: `first right packet after the address was known (${selectedMs.length} Pods with a route)`,
      figure: percentiles(selectedMs),
      baseline,
      goal: 'p99 ≤ 100 ms',
      met: selectedMs.length === 0 ? undefined : p99 <= 100,
    },
    { measure: `the same of Pods without a route (${otherMs.length})`, figure: percentiles(otherMs), baseline },
  ];
}

function percentiles(values: readonly number[]): string {
  if (values.length === 0) return 'nothing measured';
  const at = (q: number) => quantile(values, q).toFixed(0);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)} ms`;
}
