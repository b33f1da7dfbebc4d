import { parseArgs } from 'node:util';
import type { ThroughputLine } from '../../hack/lib/iperf.ts';
import { runInLab } from './lab-run.ts';
import { currentLoad, publish } from './section.ts';
import type { LabPlace } from './throughput-inside.ts';
import { kindThroughput } from './throughput-kind.ts';
import { atLeast, type Comparison, throughputRows } from './throughput-rows.ts';

const options = {
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '5' },
  smoke: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
} as const;

const comparisons: readonly Comparison<LabPlace>[] = [
  {
    what: 'Pod on a third node',
    subject: 'egress third',
    baseline: 'hop',
    against: 'the same VXLAN hop, no state at the gateway',
    least: atLeast(0.95),
  },
  { what: 'Pod on a third node', subject: 'egress third', baseline: 'plain third', against: 'plain masquerade' },
  {
    what: 'Pod on the owner',
    subject: 'egress owner',
    baseline: 'plain owner',
    against: 'plain masquerade',
    least: atLeast(0.95),
  },
  {
    what: 'Pod under no route',
    subject: 'plain third',
    baseline: 'bare',
    against: 'a node without Sallyport',
    least: atLeast(0.98),
  },
];

/** What the way through a Gateway costs in TCP and small datagrams, each against its baseline, round by round; `--kind`: in a real cluster. */
export async function throughput(args: readonly string[]): Promise<void> {
  if (args.includes('--kind')) return kindThroughput(args.filter((arg) => arg !== '--kind'));
  const { values } = parseArgs({ args: [...args], options });
  const loadBefore = currentLoad();
  const lines: ThroughputLine<LabPlace>[] = [];
  const [rounds, seconds] = values.smoke ? ['1', '1'] : [values.rounds, values.seconds];
  const end = await runInLab<ThroughputLine<LabPlace>>(
    { lab: ['--nodes', '4'], script: 'throughput-inside.ts', args: ['--rounds', rounds, '--seconds', seconds] },
    (line) => lines.push(line),
  );
  await publish(
    {
      name: 'throughput',
      command: ['throughput', ...args],
      loadBefore,
      rows: throughputRows(comparisons, lines),
      notes: [
        `Ratios of ${rounds} rounds of ${seconds} s each, subject and baseline in turn: median (least … most). iperf3 from a Pod to the server
outside the cluster; sender, server and all hops share the machine's cores. UDP: datagrams of 64 bytes that arrive per second.`,
      ],
      isCutShort: end !== 'done',
    },
    values.write,
  );
}
