import { parseArgs } from 'node:util';
import { describeRate, type LoadName, loads, type ThroughputLine } from '../../hack/lib/iperf.ts';
import { quantile, spread } from './figures.ts';
import { runInLab } from './lab-run.ts';
import { currentLoad, publish, type Row } from './section.ts';
import type { LabPlace } from './throughput-inside.ts';

const options = {
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '5' },
  smoke: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
} as const;

interface Comparison {
  readonly what: string;
  readonly subject: LabPlace;
  readonly baseline: LabPlace;
  readonly against: string;
  readonly least?: number;
}

const comparisons: readonly Comparison[] = [
  {
    what: 'Pod on a third node',
    subject: 'egress third',
    baseline: 'hop',
    against: 'the same VXLAN hop, no state at the gateway',
    least: 0.95,
  },
  { what: 'Pod on a third node', subject: 'egress third', baseline: 'plain third', against: 'plain masquerade' },
  {
    what: 'Pod on the owner',
    subject: 'egress owner',
    baseline: 'plain owner',
    against: 'plain masquerade',
    least: 0.95,
  },
  {
    what: 'Pod under no route',
    subject: 'plain third',
    baseline: 'bare',
    against: 'a node without Sallyport',
    least: 0.98,
  },
];

/** What the way through a Gateway costs in TCP and small datagrams, each against its baseline, round by round. */
export async function throughput(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const loadBefore = currentLoad();
  const lines: ThroughputLine<LabPlace>[] = [];
  const [rounds, seconds] = values.smoke ? ['1', '1'] : [values.rounds, values.seconds];
  const end = await runInLab<ThroughputLine<LabPlace>>(
    { lab: ['--nodes', '4'], script: 'throughput-inside.ts', args: ['--rounds', rounds, '--seconds', seconds] },
    (line) => lines.push(line),
  );
  const rows = comparisons.flatMap((comparison) =>
    (Object.keys(loads) as LoadName[]).map((load) => rowOf(comparison, load, lines)),
  );
  await publish(
    {
      name: 'throughput',
      command: ['throughput', ...args],
      loadBefore,
      rows,
      notes: [
        `Ratios of ${rounds} rounds of ${seconds} s each, subject and baseline in turn: median (least … most). iperf3 from a Pod to the server
outside the cluster; sender, server and all hops share the machine's cores. UDP: datagrams of 64 bytes that arrive per second.`,
      ],
      isCutShort: end !== 'done',
    },
    values.write,
  );
}

function rowOf(
  { what, subject, baseline, against, least }: Comparison,
  load: LoadName,
  lines: readonly ThroughputLine<LabPlace>[],
): Row {
  const rates = (place: LabPlace) => lines.filter((line) => line.place === place && line.load === load);
  const ratios = rates(subject).flatMap(({ round, rate }) => {
    const other = rates(baseline).find((line) => line.round === round);
    return other === undefined ? [] : [rate / other.rate];
  });
  const middle = (place: LabPlace) =>
    describeRate(
      load,
      quantile(
        rates(place).map(({ rate }) => rate),
        0.5,
      ),
    );
  const met = least === undefined || ratios.length === 0 ? undefined : quantile(ratios, 0.5) >= least;
  return {
    measure: `${what}: ${load}`,
    figure: `${spread(ratios, '', 2).replace('  ', ' ')}: ${middle(subject)}`,
    baseline: `${against}: ${middle(baseline)}`,
    ...(least === undefined ? {} : { goal: `≥ ${least}` }),
    met,
  };
}
