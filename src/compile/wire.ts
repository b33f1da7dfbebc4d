import type { EgressPlacementSpec } from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import type { GroupReport, ReportIndex } from './report-index.ts';

/** What owner and standbys heard when they asked on the wire who has the addresses (decisions.md 10); all absent: nothing to object to. */
export interface WireFindings {
  /** The owner does not claim addresses, because others have them. */
  readonly withheld?: { readonly finding: Finding; readonly addresses: readonly string[] };
  /** Somebody who is no candidate answers for an address. */
  readonly conflict?: Finding;
  /** Nobody answers for an address. */
  readonly unanswered?: Finding;
}

/** Who speaks of a Gateway. */
export interface WireSpeakers {
  readonly owner: string | undefined;
  /** The egress addresses that the owner says to hold or to withhold. */
  readonly held: readonly string[];
  readonly reports: ReportIndex;
  /** Whether a node has applied the placement as it is. */
  hasApplied(node: string): boolean;
}

/**
 * Judges the answers that Ready standbys of the placement's group heard. A candidate's own hardware address is no stranger's, whoever
 * of them owns the group by now, and what a standby heard under another list of candidates does not count: the last owner may have left it.
 * As long as the owner has not told its own, nothing is said, nor of an address that it has not claimed yet: it asks itself before it does.
 */
export function judgeWire(spec: EgressPlacementSpec, { owner, held, reports, hasApplied }: WireSpeakers): WireFindings {
  const all = reports.groupReports(spec.group, spec.candidates);
  const withheld = judgeWithheld(
    spec,
    all.find(({ node }) => node === owner),
  );
  if (withheld !== undefined) return withheld;
  if (all.find(({ node }) => node === owner)?.report.mac === undefined) return {};
  const own = new Set(all.map(({ report }) => report.mac));
  const standbys = all.filter(({ node, isReady, report }) => isReady && report.role === 'Standby' && hasApplied(node));
  const heard = standbys.flatMap((standby) => {
    return held.flatMap((address) => {
      const macs = answersFor(standby, address);
      return macs === undefined ? [] : [{ node: standby.node, address, macs }];
    });
  });
  const strange = heard.find(({ macs }) => macs.some((mac) => !own.has(mac)));
  const silent = heard.find(({ macs }) => macs.length === 0);
  return {
    ...(strange === undefined ? {} : { conflict: conflictOf(strange, own) }),
    ...(silent === undefined ? {} : { unanswered: finding('GatewayUnanswered', silent) }),
  };
}

// Asked before the first claim (RFC 5227). What standbys hear meanwhile is the same host.
function judgeWithheld(spec: EgressPlacementSpec, owner: GroupReport | undefined): WireFindings | undefined {
  const wanted = new Set(addressesOf(spec));
  const withheld = (owner?.report.withheld ?? []).filter(({ address }) => wanted.has(address));
  const [first] = withheld;
  if (owner === undefined || first === undefined) return undefined;
  const words = { address: first.address, host: first.macs.join(', '), node: owner.node };
  const addresses = withheld.map(({ address }) => address);
  return {
    conflict: finding('GatewayAddressHeldElsewhere', words),
    withheld: { finding: finding('GatewayAddressNotClaimed', words), addresses },
  };
}

function addressesOf({ identities }: EgressPlacementSpec): readonly string[] {
  return identities.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter((address) => address !== undefined));
}

interface Answered {
  readonly node: string;
  readonly address: string;
  readonly macs: readonly string[];
}

// Undefined: the standby has not asked yet.
function answersFor({ report }: GroupReport, address: string): readonly string[] | undefined {
  const listed = report.answers?.find((entry) => entry.address === address)?.macs;
  return listed ?? (report.answeredBy === undefined ? undefined : [report.answeredBy]);
}

function conflictOf({ node, address, macs }: Answered, own: ReadonlySet<string | undefined>): Finding {
  const host = macs.filter((mac) => !own.has(mac)).join(', ');
  return finding('GatewayAddressConflict', { address, host, node });
}
