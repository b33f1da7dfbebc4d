import type { EgressPlacement, EgressPlacementSpec } from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import type { AddressResult } from './allocate-addresses.ts';
import { sameData } from './canonical-json.ts';
import { isTrue, isUndecided } from './conditions.ts';
import { judgeCutOff } from './judge-cut-off.ts';
import { judgePath } from './path.ts';
import { beingWritten, type PlacedGateway } from './plan-placements.ts';
import type { GatewayReport, ReportIndex } from './report-index.ts';
import { faultWords, judgeStandbys } from './standbys.ts';
import { judgeWire } from './wire.ts';

/** How far a Gateway has come, from its placement and the nodes' reports. */
export interface GatewayState {
  readonly placed: PlacedGateway;
  readonly programmed: Finding;
  /** Whether what is placed works, though an address more may be missing; else what is awaited. */
  readonly working: Finding;
  readonly owner?: string;
  /** Absent when there is nothing to be ready for. */
  readonly degraded?: Finding;
  /** Present while another host answers for an address. */
  readonly conflict?: Finding;
  /** Absent until some node has probed it. */
  readonly path?: Finding;
  /** Egress addresses that the owner holds, in the order of identities, IPv4 first. */
  readonly bound: readonly string[];
  readonly reports: readonly GatewayReport[];
}

/** What the state of a Gateway is read from. */
export interface StateInput {
  readonly placements: ReadonlyMap<string, EgressPlacement>;
  readonly addresses: ReadonlyMap<string, AddressResult>;
  readonly reports: ReportIndex;
}

/** Reads the state of one Gateway. */
export function readGatewayState(placed: PlacedGateway, input: StateInput): GatewayState {
  const { judged, spec } = placed;
  const { uid } = judged.gateway.metadata;
  const reports = input.reports.of(uid);
  const actual = input.placements.get(uid);
  const owner = spec === undefined ? undefined : input.reports.ownerOf(spec.group, spec.candidates);
  const own = reports.find(({ node }) => node === owner);
  const applied = new Set(
    reports.filter(({ report }) => report.placement === (actual?.metadata.generation ?? 0)).map(({ node }) => node),
  );
  const owned = judgeOwner({ placed, actual, owner, own, reports: input.reports });
  const held = boundAddresses(placed, own, isTrue(owned));
  const speakers = { owner, held, reports: input.reports, hasApplied: (node: string) => applied.has(node) };
  const wire = spec === undefined ? {} : judgeWire(spec, speakers);
  const cutOff = spec === undefined ? undefined : judgeCutOff(spec, owner, input.reports);
  const working = isTrue(owned) ? (wire.withheld?.finding ?? cutOff ?? wire.unanswered ?? owned) : owned;
  // Before anybody can have read the placement, nobody can be ready.
  const degraded = spec === undefined || actual === undefined ? undefined : judgeStandbys(spec, owner, input.reports);
  const programmed = judgeProgrammed(placed, input.addresses.get(uid)?.problems[0], working);
  const { isReady, uncaught } = input.reports;
  const path = judgePath({ reports, uncaught, isReady, owner, programmed });
  return {
    placed,
    working,
    programmed,
    ...(path === undefined ? {} : { path }),
    ...(owner === undefined ? {} : { owner }),
    ...(degraded === undefined ? {} : { degraded }),
    ...(wire.conflict === undefined ? {} : { conflict: wire.conflict }),
    bound: held.filter((address) => wire.withheld?.addresses.includes(address) !== true),
    reports,
  };
}

function judgeProgrammed(placed: PlacedGateway, address: Finding | undefined, working: Finding): Finding {
  const { accepted } = placed.judged;
  if (isUndecided(accepted)) return pending(`its class: ${accepted.message}`);
  if (!isTrue(accepted)) return finding('GatewayInvalid', { problem: accepted.message });
  return address ?? placed.problem ?? working;
}

interface Ownership {
  readonly placed: PlacedGateway;
  readonly actual: EgressPlacement | undefined;
  readonly owner: string | undefined;
  readonly own: GatewayReport | undefined;
  readonly reports: ReportIndex;
}

function judgeOwner({ placed, actual, owner, own, reports }: Ownership): Finding {
  const { spec, awaited } = placed;
  if (awaited !== undefined) return pending(awaited);
  if (spec === undefined) return placed.problem ?? pending('an address');
  const keeps = own !== undefined && keepsOn(placed, own);
  if (actual === undefined || !(keeps || sameData(actual.spec, spec))) return pending(beingWritten);
  const names = spec.candidates.map(({ node }) => node).join(', ');
  const faults = faultWords(spec, reports);
  if (owner === undefined)
    return pending(`one of ${names || 'no candidates'} to own failover group ${spec.group}${faults}`);
  if (own === undefined) return pending(`owner ${owner} to report this Gateway`);
  if (own.report.state === 'Failed') {
    return finding('GatewayNodeFailed', { node: owner, problem: own.report.message ?? 'it gave no reason' });
  }
  if (!keeps && own.report.placement !== (actual.metadata.generation ?? 0)) {
    const told = spec.network.bgp === undefined ? '' : ', and BIRD there to announce it';
    return pending(`owner ${owner} to apply placement generation ${actual.metadata.generation ?? 0}${told}`);
  }
  return finding('GatewayProgrammed', { owner, addresses: addressesOf(spec).join(', ') });
}

// Other candidates, another interval: until its owner knows of that, the Gateway works as it did before.
function keepsOn({ judged, spec }: PlacedGateway, { report }: GatewayReport): boolean {
  const { conditions = [], addresses = [] } = judged.gateway.status ?? {};
  const before = new Set(addresses.map(({ value }) => value));
  return (
    report.placement > 0 &&
    conditions.some(({ type, status }) => type === 'Programmed' && status === 'True') &&
    spec !== undefined &&
    addressesOf(spec).every((address) => before.has(address))
  );
}

function pending(awaited: string): Finding {
  return finding('GatewayPending', { awaited });
}

function addressesOf(spec: EgressPlacementSpec): readonly string[] {
  return spec.identities.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter((address) => address !== undefined));
}

// While a newer placement is on its way to the owner, what was bound before stays bound.
function boundAddresses(
  { spec, judged }: PlacedGateway,
  own: GatewayReport | undefined,
  working: boolean,
): readonly string[] {
  if (spec === undefined) return [];
  const addresses = addressesOf(spec);
  if (working) return addresses;
  if (own === undefined || own.report.state === 'Failed' || own.report.placement === 0) return [];
  const before = new Set((judged.gateway.status?.addresses ?? []).map(({ value }) => value));
  return addresses.filter((address) => before.has(address));
}
