import type { EgressNodeReport, PlacementCandidate, ReportedGateway, ReportedGroup } from '../api/kinds.ts';
import { createListPool, memoByObject } from './memo.ts';
import { compareName, compareText } from './order.ts';

/** What one node says about one Gateway. */
export interface GatewayReport {
  readonly node: string;
  readonly report: ReportedGateway;
}

/** What one node says about one failover group. */
export interface GroupReport {
  readonly node: string;
  readonly isReady: boolean;
  readonly report: ReportedGroup;
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
  /** Why Ready candidates cannot own the group, as "NODE: why", of those that know. */
  faultsOf(group: number, candidates: readonly PlacementCandidate[]): readonly string[];
  /** Whether the node exists and is Ready. */
  isReady(node: string): boolean;
  /** Ready nodes that say that their Pods' packets meet none of their rules, and one's words. */
  readonly uncaught: readonly { readonly node: string; readonly message: string }[];
  /** What the candidates say of the group, in their order. */
  groupReports(group: number, candidates: readonly PlacementCandidate[]): readonly GroupReport[];
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
  const groupReports = (group: number, candidates: readonly PlacementCandidate[]) =>
    candidates.flatMap(({ node }): GroupReport[] => {
      const report = byNode.get(node)?.status?.groups?.find((entry) => entry.group === group);
      return report === undefined ? [] : [{ node, isReady: nodes.get(node) === true, report }];
    });
  return {
    of: (uid) => steadyList(byGateway.get(uid) ?? []),
    // Stable sort: with equal times the candidate of higher priority counts.
    ownerOf: (group, candidates) => {
      const owners = groupReports(group, candidates).filter(({ report }) => report.role === 'Owner');
      const sinceOf = ({ report }: GroupReport) => report.since ?? '';
      return owners.sort((a, b) => Number(b.isReady) - Number(a.isReady) || compareText(sinceOf(b), sinceOf(a)))[0]
        ?.node;
    },
    // What a node said before it fell silent is no promise.
    standbysOf: (group, candidates) =>
      groupReports(group, candidates)
        .filter(({ report, isReady }) => report.role === 'Standby' && isReady)
        .map(({ node }) => node),
    silentOf: (group, candidates) => {
      const spoken = new Set(groupReports(group, candidates).map(({ node }) => node));
      return candidates.map(({ node }) => node).filter((node) => nodes.get(node) === true && !spoken.has(node));
    },
    faultsOf: (group, candidates) =>
      groupReports(group, candidates).flatMap(({ node, isReady, report: { role, message } }) =>
        role === 'Fault' && isReady && message !== undefined ? [`${node}: ${message}`] : [],
      ),
    isReady: (node) => nodes.get(node) === true,
    uncaught: known.flatMap((report) => (nodes.get(report.metadata.name) === true ? uncaughtOf(report) : [])),
    groupReports,
  };
}

/** What one node says about Gateways, read once. */
export const readReport = memoByObject(({ metadata, status }: EgressNodeReport): readonly GatewayReport[] =>
  (status?.gateways ?? []).map((report) => ({ node: metadata.name, report })),
);
const steadyList = createListPool<GatewayReport>();

const uncaughtOf = memoByObject(({ metadata, status }: EgressNodeReport): ReportIndex['uncaught'] => {
  const said = status?.conditions?.find(({ type }) => type === 'PodsCaught');
  return said?.status === 'False' ? [{ node: metadata.name, message: said.message }] : [];
});
