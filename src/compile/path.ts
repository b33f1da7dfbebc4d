import type { ReportedGateway } from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import { isTrue } from './conditions.ts';
import type { GatewayReport, ReportIndex } from './report-index.ts';

type Probe = NonNullable<ReportedGateway['probe']>;
interface Probed {
  readonly node: string;
  readonly probe: Probe;
}

export interface PathInput {
  readonly reports: readonly GatewayReport[];
  readonly uncaught: ReportIndex['uncaught'];
  /** What a node said before it fell silent proves nothing. */
  isReady(node: string): boolean;
  readonly owner: string | undefined;
  readonly programmed: Finding;
}

/** The worst first: what leaves wrongly before what does not leave. */
const order = [
  'NotCaught',
  'WrongSource',
  'NoAnswer',
  'PathMtu',
  'Loss',
  'Verified',
] as const satisfies readonly Probe['result'][];

/** What the nodes' self-probes say of the ways to a Gateway, of several the worst; undefined while nobody says anything. */
export function judgePath(input: PathInput): Finding | undefined {
  const { reports, uncaught, isReady, owner = 'the owner', programmed } = input;
  // Also of a Gateway that nobody has probed, or that is not programmed: what would be dropped then leaves, too.
  const [bypass] = uncaught;
  if (bypass !== undefined) return finding('GatewayPathPodsNotCaught', { ...bypass, others: othersOf(uncaught) });
  const probed = reports.flatMap(({ node, report: { probe } }): Probed[] =>
    probe === undefined || !isReady(node) ? [] : [{ node, probe }],
  );
  const worst = order.find((result) => probed.some(({ probe }) => probe.result === result));
  const same = probed.filter(({ probe }) => probe.result === worst);
  const [first] = same;
  if (first === undefined) return undefined;
  if (!isTrue(programmed)) return finding('GatewayPathUnknown', { problem: programmed.message });
  if (worst === 'Verified') {
    // The least of all nodes: one figure, that moves only when it has to.
    const mtu = Math.min(...same.map(({ probe }) => probe.mtu ?? 0));
    return finding('GatewayPathVerified', { owner, mtu });
  }
  return badPath(first, { owner, others: othersOf(same) });
}

function badPath(
  { node, probe }: Probed,
  { owner, others }: { readonly owner: string; readonly others: string },
): Finding {
  const { address, source = 'another address', mtu = 0, lossPercent = 0 } = probe;
  const words = { node, address, owner, others };
  switch (probe.result) {
    case 'NotCaught':
      return finding('GatewayPathNotCaught', { ...words, source });
    case 'WrongSource':
      return finding('GatewayPathWrongSource', { ...words, source, seer: probe.node ?? owner });
    case 'PathMtu':
      return finding('GatewayPathMtu', { ...words, mtu });
    case 'Loss':
      return finding('GatewayPathLoss', { ...words, percent: lossPercent });
    default:
      return finding('GatewayPathNoAnswer', words);
  }
}

function othersOf(same: readonly { readonly node: string }[]): string {
  const names = same.slice(1, 4).map(({ node }) => node);
  const rest = same.length - 1 - names.length;
  if (names.length === 0) return '';
  return `; the same on ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
