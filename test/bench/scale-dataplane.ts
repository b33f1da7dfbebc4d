import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeRate } from '../../hack/lib/iperf.ts';
import { quantile, spread } from './figures.ts';
import { runProgram } from './lab-run.ts';
import { plotSvg, type Series } from './plot.ts';
import { type ScaleSize, scaleSizes } from './scale-cluster.ts';
import type { ScaleLine, ScaleLoad, ScaleTime } from './scale-inside.ts';
import { currentLoad, publish, type Row } from './section.ts';

const options = {
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '3' },
  smoke: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
} as const;
const plotPage = 'pictures/scale-dataplane.svg';
const privateNamespaces = ['--net', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child'];

const what: Readonly<Record<ScaleLoad, string>> = {
  flow: 'one flow of 64-byte UDP through the Gateway',
  tcp: 'one TCP connection through the Gateway',
  'fresh one': 'UDP, every packet a new flow, of a Pod with one rule',
  'fresh many': 'UDP, every packet a new flow, of a Pod under half of all routes',
  none: '64-byte UDP of a Pod that no route selects',
  policies: 'rule per policy: one flow of 64-byte UDP',
};

/** What a packet and a change cost a node with up to 100,000 Pods, 10,000 routes and 500 Gateways; root only, for large transactions. */
export async function scaleDataplane(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const loadBefore = currentLoad();
  const lines: ScaleLine[] = [];
  const [rounds, seconds, sizes] = values.smoke
    ? ['1', '1', '2']
    : [values.rounds, values.seconds, `${scaleSizes.length}`];
  const script = join(import.meta.dirname, 'scale-inside.ts');
  const inside = [process.execPath, script, '--rounds', rounds, '--seconds', seconds, '--sizes', sizes];
  const end = await runProgram<ScaleLine>(
    { command: ['unshare', ...privateNamespaces, ...inside], what: 'scale-inside.ts' },
    (line) => lines.push(line),
  );
  const measured = scaleSizes.slice(0, Number(sizes));
  const isCutShort = end !== 'done';
  if (values.write && !isCutShort)
    await writeFile(join(import.meta.dirname, '..', '..', 'docs', plotPage), plotOf(lines, measured));
  await publish(
    {
      name: 'scale-dataplane',
      command: ['scale-dataplane', ...args],
      loadBefore,
      rows: rowsOf(lines, measured),
      notes: [
        `From ${describeSize(measured[0])} to ${describeSize(measured.at(-1))}, all programmed on one node, Pods and Gateways with addresses of both
families, every route with ranges of ports, two destinations and an exception. ${rounds} rounds of ${seconds} s each, the sizes in turn: median (least … most). Ratios are of the same
round. The usual layout is a chain on a node without Sallyport with a rule per policy, as many as there are routes; the Pod's is in their middle.`,
        `![Packets per second, and the time of an update, against the number of Pods on a node](${plotPage})`,
      ],
      isCutShort,
    },
    values.write,
  );
}

function describeSize(size: ScaleSize | undefined): string {
  if (size === undefined) return 'nothing';
  const count = (value: number, name: string) => `${value.toLocaleString('en')} ${name}${value === 1 ? '' : 's'}`;
  return `${count(size.pods, 'Pod')}, ${count(size.routes, 'route')}, ${count(size.gateways, 'Gateway')}, ${count(size.nodes, 'node')}`;
}

function rowsOf(lines: readonly ScaleLine[], sizes: readonly ScaleSize[]): readonly Row[] {
  const last = sizes.length - 1;
  const loads = Object.keys(what) as ScaleLoad[];
  const sent = lines.flatMap((line) => ('sent' in line && line.size === last ? [line] : []));
  const sum = (pick: (line: (typeof sent)[number]) => number) => sent.reduce((total, line) => total + pick(line), 0);
  return [
    ...loads.map((load) => rateRow(lines, load, last)),
    timeRow(lines, last, { time: 'pod kernel', name: 'one Pod more: nft and the kernel', most: 10 }),
    timeRow(lines, last, { time: 'pod', name: 'one Pod more: all that the agent does' }),
    timeRow(lines, last, { time: 'policy', name: 'rule per policy: one rule more' }),
    timeRow(lines, last, { time: 'all', name: 'a Pod’s node: from one size to the next' }),
    timeRow(lines, last, { time: 'all owner', name: 'the owner: from one size to the next' }),
    timeRow(lines, last, {
      time: 'restart',
      name: 'an agent that starts anew on a Pod’s node: all read and found right',
      most: 5_000,
    }),
    timeRow(lines, last, { time: 'restart owner', name: 'the same on the owner', most: 5_000 }),
    {
      measure: 'datagrams lost while they start anew',
      figure: `${sum(({ lost }) => lost)} of ${sum((line) => line.sent)}`,
      goal: '0',
      met: sum(({ lost }) => lost) === 0 && sent.length > 0,
    },
  ];
}

function rateRow(lines: readonly ScaleLine[], load: ScaleLoad, last: number): Row {
  const ratios = ratesOf(lines, load, last).flatMap(({ round, value }) => {
    const first = ratesOf(lines, load, 0).find((line) => line.round === round);
    return first === undefined ? [] : [value / first.value];
  });
  const name = load === 'tcp' ? 'TCP, 1 flow' : '64-byte UDP';
  const rate = (size: number) =>
    describeRate(
      name,
      quantile(
        ratesOf(lines, load, size).map(({ value }) => value),
        0.5,
      ),
    );
  const row = {
    measure: what[load],
    figure: `${spread(ratios, '', 2)}: ${rate(last)}`,
    baseline: `the smallest size: ${rate(0)}`,
  };
  return load === 'policies' ? row : { ...row, goal: '≥ 0.95', met: quantile(ratios, 0.5) >= 0.95 };
}

function timeRow(
  lines: readonly ScaleLine[],
  last: number,
  { time, name, most }: { readonly time: ScaleTime; readonly name: string; readonly most?: number },
): Row {
  const values = timesOf(lines, time, last);
  const row = {
    measure: name,
    figure: spread(values, 'ms'),
    baseline: `the smallest size: ${spread(timesOf(lines, time, 0), 'ms')}`,
  };
  return most === undefined ? row : { ...row, goal: `≤ ${most} ms`, met: quantile(values, 0.5) <= most };
}

const ratesOf = (lines: readonly ScaleLine[], load: ScaleLoad, size: number) =>
  lines.flatMap((line) => ('rate' in line && line.rate === load && line.size === size ? [line] : []));

const timesOf = (lines: readonly ScaleLine[], time: ScaleTime, size: number): readonly number[] =>
  lines.flatMap((line) => ('time' in line && line.time === time && line.size === size ? [line.value] : []));

function plotOf(lines: readonly ScaleLine[], sizes: readonly ScaleSize[]): string {
  const curve = (name: string, valuesAt: (size: number) => readonly number[], isBaseline = false): Series => ({
    name,
    points: sizes.map(({ pods }, size) => [pods, quantile(valuesAt(size), 0.5)] as const),
    isBaseline,
  });
  const rates = (load: ScaleLoad) => (size: number) => ratesOf(lines, load, size).map(({ value }) => value);
  const times = (time: ScaleTime) => (size: number) => timesOf(lines, time, size);
  const xTitle = 'Pods on the node; routes: a fifth of that, at 100 k a tenth';
  return plotSvg('Packets per second, and the time of an update, against the number of Pods on a node', [
    {
      title: 'Packets per second',
      xTitle,
      yTitle: '64-byte UDP datagrams per second',
      series: [
        curve(what.flow, rates('flow')),
        curve(what['fresh one'], rates('fresh one')),
        curve(what['fresh many'], rates('fresh many')),
        curve(what.none, rates('none')),
        curve(what.policies, rates('policies'), true),
      ],
    },
    {
      title: 'Time of an update',
      xTitle,
      yTitle: 'milliseconds',
      series: [
        curve('one Pod more: nft and the kernel', times('pod kernel')),
        curve('one Pod more: all that the agent does', times('pod')),
        curve('rule per policy: one rule more', times('policy'), true),
      ],
    },
  ]);
}
