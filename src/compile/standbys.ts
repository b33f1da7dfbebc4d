import type { EgressPlacementSpec } from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import { standbysCutOff } from './judge-cut-off.ts';
import type { ReportIndex } from './report-index.ts';

/** Whether somebody is ready to take the placement's failover group over from its owner, and holds the flows. */
export function judgeStandbys(spec: EgressPlacementSpec, owner: string | undefined, reports: ReportIndex): Finding {
  const standbys = reports.standbysOf(spec.group, spec.candidates);
  const problems = standbys.length === 0 ? undefined : standbysCutOff(spec, standbys, reports);
  if (problems !== undefined) return finding('GatewayStandbyCutOff', { standbys: standbys.join(', '), problems });
  if (standbys.length > 0) return judgeFlows(spec, { owner, standbys, reports });
  const silent = reports.silentOf(spec.group, spec.candidates).join(', ');
  if (silent !== '') return finding('GatewayStandbyPending', { candidates: silent });
  const candidates = spec.candidates.map(({ node }) => node).join(', ');
  return finding('GatewayDegraded', { candidates: `${candidates || '(none)'}${faultWords(spec, reports)}` });
}

/** Why candidates cannot own the group, `; NODE: why` for each that says so. */
export function faultWords(spec: EgressPlacementSpec, reports: ReportIndex): string {
  return reports
    .faultsOf(spec.group, spec.candidates)
    .map((fault) => `; ${fault}`)
    .join('');
}

interface Standing {
  readonly owner: string | undefined;
  /** At least one. */
  readonly standbys: readonly string[];
  readonly reports: ReportIndex;
}

// Of the first two, who says nothing of flows has an agent of before. A pair that was named anew has not said anything yet.
function judgeFlows(spec: EgressPlacementSpec, { owner, standbys, reports }: Standing): Finding {
  const names = standbys.join(', ');
  const known = reports.groupReports(spec.group, spec.candidates).filter(({ report }) => report.flows !== undefined);
  const pair = spec.replication?.nodes ?? spec.candidates.slice(0, 2).map(({ node }) => node);
  const copies = known.filter(({ node }) => standbys.includes(node));
  const isPaired = standbys.some((node) => pair.includes(node));
  const without = known.filter(
    ({ node, report }) => report.flows === 'None' && (node === owner || copies.length === 1),
  );
  const isHeld =
    (isPaired && copies.length === 0 && spec.replication === undefined) ||
    copies.some(({ report }) => report.flows === 'Synced');
  if (isHeld && !without.some(({ node }) => node === owner)) return finding('GatewayNotDegraded', { standbys: names });
  if (without.length === 0) return finding('GatewayStandbySyncing', { standbys: names });
  return finding('GatewayNotReplicated', { standbys: names, nodes: without.map(({ node }) => node).join(', ') });
}
