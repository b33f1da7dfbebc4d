import { type FaultResult, sum } from './fault-results.ts';

/** Of the machine and the moment, for the line above the table. */
export interface FaultRun {
  readonly machine: string;
  readonly loadBefore: number;
  readonly loadAfter: number;
  /** YYYY-MM-DD. */
  readonly date: string;
}

export const faultHeading = 'What faults cost, as measured';

const head = ['fault', 'may be lost', 'UDP lost', 'longest gap', 'TCP survived', 'longest stall', 'wrong source', 'at'];

/** The section of docs/operations.md below its heading: a row per fault, then the sum of what was captured outside. */
export function faultSection(
  results: readonly FaultResult[],
  { machine, loadBefore, loadAfter, date }: FaultRun,
): string {
  const promised = results.filter(({ isExposure }) => isExposure !== true);
  const exposed = results.filter(({ isExposure }) => isExposure === true);
  const rows = [head, head.map(() => '---'), ...results.map(rowOf), totalRow('all but the exposures', promised)];
  if (exposed.length > 0) rows.push(totalRow('exposures (ruleset flushed)', exposed));
  const load = `load ${loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after`;
  return [
    `Written by \`npm run faults\` (${machine}, ${load}, ${date}). Flows from Pods on every node that never pause (but those of a node that`,
    'is away): one of UDP and ten of TCP per Pod, a packet every 4 or 5 ms. Source addresses are counted by a capture outside all nodes.',
    'Gaps and stalls hold what a loaded machine adds. Times are UTC.',
    '',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    "Not among them, because the lab has no root: a jump of the clock, which is the machine's own there (what it does: above). A full conntrack table and an",
    'address without a free port are in `test/netns/flows-refused.test.ts`, two deaths one after the other in `test/e2e/two-deaths.test.ts`, a network whose',
    'interface goes away in `test/e2e/networks.test.ts`.',
  ].join('\n');
}

function rowOf({ fault, promised, udp, tcp, note, when, ...result }: FaultResult): readonly string[] {
  return [
    cell(note === undefined ? fault : `${fault}: ${note}`),
    cell(promised),
    udp === undefined ? '' : `${udp.lost} of ${udp.sent}`,
    udp?.longestGapMs === undefined ? '' : `${udp.longestGapMs} ms`,
    tcp === undefined ? '' : `${tcp.survived} of ${tcp.opened}`,
    tcp?.longestStallMs === undefined ? '' : `${tcp.longestStallMs} ms`,
    wrongOf([result]),
    when.slice(11, 19),
  ];
}

function totalRow(what: string, results: readonly FaultResult[]): readonly string[] {
  const udp = results.map((result) => result.udp ?? { sent: 0, lost: 0 });
  const tcp = results.map((result) => result.tcp ?? { opened: 0, survived: 0 });
  return [
    `**${what}**`,
    '',
    `${sum(udp.map(({ lost }) => lost))} of ${sum(udp.map(({ sent }) => sent))}`,
    '',
    `${sum(tcp.map(({ survived }) => survived))} of ${sum(tcp.map(({ opened }) => opened))}`,
    '',
    `**${wrongOf(results)}**`,
    '',
  ];
}

type Captured = Pick<FaultResult, 'right' | 'wrong'>;

/** `0 of 1234`, or with the sources, most packets first. */
function wrongOf(results: readonly Captured[]): string {
  const bySource = new Map<string, number>();
  for (const { wrong } of results)
    for (const [source, packets] of Object.entries(wrong)) bySource.set(source, (bySource.get(source) ?? 0) + packets);
  const wrong = sum([...bySource.values()]);
  const all = wrong + sum(results.map(({ right }) => right));
  const sources = [...bySource].toSorted(([, a], [, b]) => b - a).map(([source, packets]) => `${source}: ${packets}`);
  return `${wrong} of ${all}${sources.length === 0 ? '' : ` (${sources.join(', ')})`}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
