import type { EgressNodeReport, PlacementCandidate, ReportedGateway } from '../api/kinds.ts';
import { createListPool, memoByObject } from './memo.ts';
import { compareName, compareText } from './order.ts';

/** What one node says about one Gateway. */
export interface GatewayReport {
  readonly node: string;
  readonly report: ReportedGateway;
}

/** The reports of nodes that exist, ready to be asked. */
export interface ReportIndex {
  /** By node name. */
  of(gatewayUid: string): readonly GatewayReport[];
  /** The candidate that reports to own the group; of several (one may have died silently) a Ready one, then the last to take over. */
  ownerOf(group: number, candidates: readonly PlacementCandidate[]): string | undefined;
  /** Ready candidates that report to be ready to take over, in the order of candidates. */
  standbysOf(group: number, candidates: readonly PlacementCandidate[]): readonly string[];
  /** Ready candidates that have not reported any role in the group yet. */
  silentOf(group: number, candidates: readonly PlacementCandidate[]): readonly string[];
}

/** Indexes the reports; `nodes` are those that exist, and whether they are Ready: others' reports are left out. */
export function indexReports(reports: readonly EgressNodeReport[], nodes: ReadonlyMap<string, boolean>): ReportIndex {
  const known = reports.filter(({ metadata }) => nodes.has(metadata.name)).sort(compareName);
  const byNode = new Map(known.map((report) => [report.metadata.name, report]));
  const byGateway = new Map<string, GatewayReport[]>();
  for (const report of known) {
    for (const entry of readReport(report)) {
      const list = byGateway.get(entry.report.uid);
      if (list === undefined) byGateway.set(entry.report.uid, [entry]);
      else list.push(entry);
    }
  }
  const inRole = (group: number, role: string, candidates: readonly PlacementCandidate[]) => {
    return candidates.flatMap(({ node }) => {
      const groups = byNode.get(node)?.status?.groups ?? [];
      return groups
        .filter((entry) => entry.group === group && entry.role === role)
        .map(({ since = '' }) => ({ node, since }));
    });
  };
  return {
    of: (uid) => steadyList(byGateway.get(uid) ?? []),
    // Stable sort: with equal times the candidate of higher priority counts.
    ownerOf: (group, candidates) => {
      const rank = (node: string) => (nodes.get(node) === true ? 1 : 0);
      const owners = inRole(group, 'Owner', candidates);
      return owners.sort((a, b) => rank(b.node) - rank(a.node) || compareText(b.since, a.since))[0]?.node;
    },
    // What a node said before it fell silent is no promise.
    standbysOf: (group, candidates) =>
      inRole(group, 'Standby', candidates)
        .map(({ node }) => node)
        .filter((node) => nodes.get(node) === true),
    silentOf: (group, candidates) => {
      const hasSpoken = (node: string) => byNode.get(node)?.status?.groups?.some((entry) => entry.group === group);
      return candidates.map(({ node }) => node).filter((node) => nodes.get(node) === true && hasSpoken(node) !== true);
    },
  };
}

/** What one node says about Gateways, read once. */
export const readReport = memoByObject(({ metadata, status }: EgressNodeReport): readonly GatewayReport[] =>
  (status?.gateways ?? []).map((report) => ({ node: metadata.name, report })),
);
const steadyList = createListPool<GatewayReport>();
