import type { Gateway } from '../api/gateway.ts';
import type { EgressAddressClaim, GatewayHolder } from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import { formatIp } from '../net/ip.ts';
import type { Range } from '../net/range.ts';
import { contains } from '../net/ranges.ts';
import type { AddressRequest } from './address-requests.ts';
import { refuseAddress } from './address-return.ts';
import { type AddressApplicant, type Applicant, type Grant, isOfNetwork, type World } from './address-world.ts';
import { grantAuto } from './allocate-auto.ts';
import { type ClaimedAddress, type ClaimLedger, openLedger } from './claim-ledger.ts';
import type { ClaimChanges } from './egress-plan.ts';
import { type JudgedPool, poolHas, poolsFor } from './judge-pools.ts';
import type { RestJudge } from './rest.ts';

export interface AddressResult {
  /** In the order of the requests, IPv4 before IPv6. */
  readonly grants: readonly Grant[];
  readonly problems: readonly Finding[];
}

export interface AddressAllocation {
  readonly results: ReadonlyMap<string, AddressResult>;
  readonly changes: ClaimChanges;
  /** Every address in use or at rest, and by whom, sorted by claim name. */
  readonly claimed: readonly ClaimedAddress[];
}

/** What the allocation works on. */
export interface AddressInput {
  readonly claims: readonly EgressAddressClaim[];
  readonly pools: readonly JudgedPool[];
  readonly inside: readonly Range[];
  readonly now: number;
  readonly rest: RestJudge;
}

/**
 * Gives every applicant (oldest first) its addresses: first those that were asked for by value, then those of a named pool, then
 * any, so that who does not mind takes nothing that somebody else minds. What a Gateway has it keeps, whatever became of the pools.
 */
export function allocateAddresses(applicants: readonly AddressApplicant[], input: AddressInput): AddressAllocation {
  const { claims, pools, inside, now, rest } = input;
  const world: World = { ledger: openLedger(claims, { now, rest }), pools, inside, rest, walks: new Map() };
  const active: Applicant[] = [];
  for (const { gateway, wants } of applicants) {
    const holder = holderOf(gateway);
    if (wants === undefined) keepClaims(world.ledger, holder);
    else active.push({ gateway, wants, holder, usable: poolsFor(pools, wants.network, wants.namespaceLabels) });
  }
  const answers = new Map<AddressRequest, readonly (Grant | Finding)[]>();
  for (const urgency of [0, 1, 2]) {
    for (const applicant of active) {
      for (const request of applicant.wants.requests.requests) {
        if (urgencyOf(request) !== urgency) continue;
        const answer =
          request.kind === 'fixed' ? [grantFixed(world, applicant, request)] : grantAuto(world, applicant, request);
        answers.set(request, answer);
      }
    }
  }
  const results = new Map(active.map((applicant) => [applicant.holder.uid, collect(applicant, answers)]));
  return { results, ...world.ledger.close() };
}

function urgencyOf(request: AddressRequest): number {
  if (request.kind === 'fixed') return 0;
  return request.pool === undefined ? 2 : 1;
}

/** The Gateway as holder of claims. */
export function holderOf({ metadata }: Gateway): GatewayHolder {
  return { uid: metadata.uid, namespace: metadata.namespace ?? '', name: metadata.name };
}

function keepClaims(ledger: ClaimLedger, holder: GatewayHolder): void {
  for (const { ip, pool } of ledger.claimsOf(holder, 'uid')) {
    const state = ledger.stateOf(formatIp(ip));
    if (state.kind === 'claimed' && state.resting === undefined) ledger.take(ip, holder, pool);
  }
}

function collect(
  applicant: Applicant,
  answers: ReadonlyMap<AddressRequest, readonly (Grant | Finding)[]>,
): AddressResult {
  const all = applicant.wants.requests.requests.flatMap((request) => answers.get(request) ?? []);
  return {
    grants: all.filter((answer) => 'ip' in answer),
    problems: [...applicant.wants.requests.problems, ...all.filter((answer) => 'code' in answer)],
  };
}

type FixedRequest = Extract<AddressRequest, { kind: 'fixed' }>;

function grantFixed(world: World, applicant: Applicant, request: FixedRequest): Grant | Finding {
  const { ip, address, field } = request;
  const { holder, usable, wants } = applicant;
  const words = { field, address };
  if (contains(world.inside, ip)) return finding('AddressInClusterRange', words);
  const state = world.ledger.stateOf(address);
  const pool = usable.find((candidate) => poolHas(candidate, ip))?.pool.metadata.name;
  const kept = state.kind === 'claimed' && state.holder.uid === holder.uid && state.resting === undefined;
  if (kept && (pool !== undefined || isOfNetwork(world, state.pool, wants.network))) {
    return { request, ip, ...world.ledger.take(ip, holder, state.pool) };
  }
  if (pool === undefined) {
    return finding('AddressOutsidePools', { ...words, namespace: holder.namespace, network: wants.network });
  }
  const refusal = refuseAddress(world, { state, holder, words });
  return refusal ?? { request, ip, ...world.ledger.take(ip, holder, pool) };
}
