import type { EgressPlacementSpec } from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import type { GroupReport, ReportIndex } from './report-index.ts';

/** Whether addresses of the placement lead nowhere from their owner, by its own report; undefined: none, as far as is known. */
export function judgeCutOff(
  spec: EgressPlacementSpec,
  owner: string | undefined,
  reports: ReportIndex,
): Finding | undefined {
  const own = reports.groupReports(spec.group, spec.candidates).find(({ node }) => node === owner);
  const addresses = own === undefined ? [] : cutOffAddresses(spec, own);
  if (own === undefined || addresses.length === 0) return undefined;
  return finding('GatewayCutOff', { addresses: addresses.join(', '), problem: problemOf(own) });
}

/** What would not work of the placement on standbys, "NODE: why" for each; undefined where one of them lacks nothing. */
export function standbysCutOff(
  spec: EgressPlacementSpec,
  standbys: readonly string[],
  reports: ReportIndex,
): string | undefined {
  const said = reports.groupReports(spec.group, spec.candidates).filter(({ node }) => standbys.includes(node));
  if (said.some((report) => cutOffAddresses(spec, report).length === 0)) return undefined;
  return said.map(problemOf).join('; ');
}

const problemOf = ({ node, report }: GroupReport): string => `${node}: ${report.message ?? 'it gave no reason'}`;

function cutOffAddresses({ identities }: EgressPlacementSpec, { report: { cutOff = [] } }: GroupReport) {
  return identities.flatMap(({ ipv4, ipv6 }) =>
    [cutOff.includes('IPv4') ? ipv4 : undefined, cutOff.includes('IPv6') ? ipv6 : undefined].filter(
      (address) => address !== undefined,
    ),
  );
}
