import { parseArgs } from 'node:util';
import type { ConnectLine, Way } from './connect-inside.ts';
import { quantile, spread } from './figures.ts';
import { runInLab } from './lab-run.ts';
import { currentLoad, publish, type Row } from './section.ts';

const options = {
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '5' },
  parallel: { type: 'string', default: '50' },
  smoke: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
} as const;

type RateLine = Extract<ConnectLine, { kind: 'rate' }>;

/** How many short TCP connections per second one egress address takes, with and without replication, and plain masquerade. */
export async function connect(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const loadBefore = currentLoad();
  const lines: ConnectLine[] = [];
  const [rounds, seconds] = values.smoke ? ['1', '2'] : [values.rounds, values.seconds];
  const inside = ['--rounds', rounds, '--seconds', seconds, '--parallel', values.parallel];
  const end = await runInLab<ConnectLine>(
    { lab: ['--nodes', '5'], script: 'connect-inside.ts', args: inside },
    (line) => lines.push(line),
  );
  const note = `Two Pods on nodes that own nothing, ${values.parallel} connections at a time each, closed by the server at once; ${rounds} rounds of
${seconds} s, the ways in turn: median (least … most) of the rounds' ratios. Clients and server are Node.js and share the cores with all nodes: their
own cost is in every figure.`;
  const isCutShort = end !== 'done';
  const section = { name: 'connect', command: ['connect', ...args], loadBefore, rows: rowsOf(lines), notes: [note] };
  await publish({ ...section, isCutShort }, values.write);
}

function rowsOf(lines: readonly ConnectLine[]): readonly Row[] {
  const rates = (way: Way) => lines.filter((line): line is RateLine => line.kind === 'rate' && line.way === way);
  const middle = (way: Way) =>
    `${quantile(
      rates(way).map(({ perSecond }) => perSecond),
      0.5,
    ).toFixed(0)} per second`;
  const ratios = (subject: Way, baseline: Way) =>
    rates(subject).flatMap(({ round, perSecond }) => {
      const other = rates(baseline).find((line) => line.round === round);
      return other === undefined ? [] : [perSecond / other.perSecond];
    });
  const compare = (subject: Way, baseline: Way): Row => ({
    measure: `new connections, ${subject}`,
    figure: `${spread(ratios(subject, baseline), '', 2).replace('  ', ' ')}: ${middle(subject)}`,
    baseline: `${baseline}: ${middle(baseline)}`,
  });
  const failed = rates('replicated').reduce((sum, line) => sum + line.failed, 0);
  const against = ratios('replicated', 'single');
  const met = against.length === 0 ? undefined : quantile(against, 0.5) >= 0.85;
  return [
    { ...compare('replicated', 'single'), goal: '≥ 0.85', met },
    compare('replicated', 'plain'),
    compare('single', 'plain'),
    { measure: 'replicated: connections that failed', figure: `${failed}`, goal: '0', met: failed === 0 },
    {
      measure: 'replicated: CPU time of both conntrackds per connection',
      figure: spread(
        rates('replicated').map((line) => line.replicationMs),
        'ms',
        3,
      ),
    },
    ...portRows(lines),
  ];
}

/** Ports of one address to one destination: those below 1024 are for who had such a port. */
const ports = 65_536 - 1_024;

function portRows(lines: readonly ConnectLine[]): readonly Row[] {
  return lines.flatMap((line) => {
    if (line.kind !== 'ports') return [];
    const share = `${line.clashes} of ${line.flows} flows that the owner knows`;
    return [
      { measure: 'ports that the owner had to change (two nodes, one port)', figure: share },
      { measure: 'ports left to this destination at the end', figure: `${ports - line.portsUsed} of ${ports}` },
    ];
  });
}
