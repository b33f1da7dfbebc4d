import { parseArgs } from 'node:util';
import type { KindPlace } from '../../hack/kind-cluster/throughput.ts';
import type { ThroughputLine } from '../../hack/lib/iperf.ts';
import { runProgram } from './lab-run.ts';
import { currentLoad, publish } from './section.ts';
import { atLeast, type Comparison, throughputRows } from './throughput-rows.ts';

const options = {
  rounds: { type: 'string', default: '5' },
  'build-node-image': { type: 'boolean', default: false },
  'own-docker': { type: 'boolean', default: false },
  'proxy-mode': { type: 'string', default: 'iptables' },
  write: { type: 'boolean', default: false },
} as const;

const comparisons: readonly Comparison<KindPlace>[] = [
  {
    what: 'Pod on a third node',
    subject: 'egress third',
    baseline: 'plain third',
    against: 'plain masquerade',
    // What the first sketch of this data plane reached on kind.
    least: { 'TCP, 1 flow': 0.65, 'TCP, 8 flows': 0.68, '64-byte UDP': 0.48 },
  },
  {
    what: 'Pod on the owner',
    subject: 'egress owner',
    baseline: 'plain owner',
    against: 'plain masquerade',
    least: atLeast(0.95),
  },
];

/** `throughput --kind`: what a Gateway costs in a real cluster, made for that by hack/kind (as root). */
export async function kindThroughput(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const loadBefore = currentLoad();
  const lines: ThroughputLine<KindPlace>[] = [];
  const flags = (['build-node-image', 'own-docker'] as const).filter((flag) => values[flag]).map((flag) => `--${flag}`);
  const kind = ['--no-conformance', '--throughput', values.rounds, '--proxy-mode', values['proxy-mode'], ...flags];
  const end = await runProgram<ThroughputLine<KindPlace>>(
    { command: ['hack/kind', ...kind], what: 'hack/kind' },
    (line) => void lines.push(line),
  );
  const note = `kind: a control plane and three workers, kube-proxy with ${values['proxy-mode']}, all on this machine. Ratios of ${values.rounds} rounds of 5 s each, subject
and baseline in turn: median (least … most). iperf3 from a Pod to a server beside the nodes.`;
  const section = { name: 'throughput, kind', command: ['throughput', '--kind', ...args], loadBefore, notes: [note] };
  const rows = throughputRows(comparisons, lines);
  await publish({ ...section, rows, isCutShort: end !== 'done' }, values.write);
}
