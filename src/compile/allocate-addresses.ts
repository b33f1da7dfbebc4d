import type { Gateway } from '../api/gateway.ts';
import type { EgressAddressClaim, GatewayHolder } from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import { type Family, formatIp, type Ip } from '../net/ip.ts';
import type { Range } from '../net/range.ts';
import { addresses as addressesOf, contains } from '../net/ranges.ts';
import type { AddressRequest, AddressRequests } from './address-requests.ts';
import { type ClaimLedger, openLedger } from './claim-ledger.ts';
import type { ClaimChanges } from './egress-plan.ts';
import { type JudgedPool, poolHas, poolHasFamily, poolsFor } from './judge-pools.ts';
import { objectKey } from './order.ts';
import type { RestJudge } from './rest.ts';

/** A Gateway that takes part in the allocation; without `wants` it is not accepted and keeps what it has. */
export interface AddressApplicant {
  readonly gateway: Gateway;
  readonly wants?: {
    readonly network: string;
    readonly namespaceLabels: Readonly<Record<string, string>> | undefined;
    readonly requests: AddressRequests;
  };
}

/** An address given to a request; `confirmed` once its claim object says so. */
export interface Grant {
  readonly request: AddressRequest;
  readonly ip: Ip;
  readonly confirmed: boolean;
}

export interface AddressResult {
  /** In the order of the requests, IPv4 before IPv6. */
  readonly grants: readonly Grant[];
  readonly problems: readonly Finding[];
}

export interface AddressAllocation {
  readonly results: ReadonlyMap<string, AddressResult>;
  readonly changes: ClaimChanges;
  /** Every address in use or at rest. */
  readonly addresses: readonly Ip[];
}

interface World {
  readonly ledger: ClaimLedger;
  readonly pools: readonly JudgedPool[];
  readonly inside: readonly Range[];
  /** Walks of free addresses: per pool and family, each address looked at once per compile. */
  readonly walks: Map<string, Iterator<Ip>>;
}

type Applicant = Required<AddressApplicant> & {
  readonly usable: readonly JudgedPool[];
  readonly holder: GatewayHolder;
};

/** What the allocation works on. */
export interface AddressInput {
  readonly claims: readonly EgressAddressClaim[];
  readonly pools: readonly JudgedPool[];
  readonly inside: readonly Range[];
  readonly now: number;
  readonly rest: RestJudge;
}

/**
 * Gives every applicant (oldest first) its addresses: first those that were asked for by value, so that no automatic
 * choice takes them, then automatic ones. What a Gateway has it keeps, whatever became of the pools.
 */
export function allocateAddresses(applicants: readonly AddressApplicant[], input: AddressInput): AddressAllocation {
  const { claims, pools, inside, now, rest } = input;
  const world: World = { ledger: openLedger(claims, now), pools, inside, walks: new Map() };
  const active: Applicant[] = [];
  for (const { gateway, wants } of applicants) {
    const holder = holderOf(gateway);
    if (wants === undefined) keepClaims(world.ledger, holder);
    else active.push({ gateway, wants, holder, usable: poolsFor(pools, wants.network, wants.namespaceLabels) });
  }
  const answers = new Map<AddressRequest, readonly (Grant | Finding)[]>();
  for (const kind of ['fixed', 'auto'] as const) {
    for (const applicant of active) {
      for (const request of applicant.wants.requests.requests) {
        if (request.kind !== kind) continue;
        const answer =
          request.kind === 'fixed' ? [grantFixed(world, applicant, request)] : grantAuto(world, applicant, request);
        answers.set(request, answer);
      }
    }
  }
  const results = new Map(active.map((applicant) => [applicant.holder.uid, collect(applicant, answers)]));
  return { results, ...world.ledger.close(rest) };
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
type AutoRequest = Extract<AddressRequest, { kind: 'auto' }>;

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
  if (state.kind !== 'free' && !isSameGateway(state.holder, holder)) {
    const other = `${state.holder.namespace}/${state.holder.name}`;
    const until = state.kind === 'claimed' ? state.resting : undefined;
    if (until !== undefined) return finding('AddressResting', { ...words, holder: other, until });
    return finding('AddressTaken', { ...words, holder: other });
  }
  return { request, ip, ...world.ledger.take(ip, holder, pool) };
}

// One Gateway of a name at a time: an other uid under the same name is the one that was deleted.
function isSameGateway(a: GatewayHolder, b: GatewayHolder): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}

// A pool that is gone says nothing about networks: what was allocated from it stays.
function isOfNetwork({ pools }: World, pool: string | undefined, network: string): boolean {
  const settings = pools.find((candidate) => candidate.pool.metadata.name === pool)?.settings;
  return settings === undefined || settings.network === network;
}

function grantAuto(world: World, applicant: Applicant, request: AutoRequest): readonly (Grant | Finding)[] {
  const pools = autoPools(applicant, request);
  if ('code' in pools) {
    const kept = ([4, 6] as const).map((family) => keepAuto(world, applicant, { request, family, pools: [] }));
    const grants = kept.filter((grant) => grant !== undefined);
    return grants.length > 0 ? grants : [pools];
  }
  const four = grantFamily(world, applicant, { request, family: 4, pools });
  const six = grantFamily(world, applicant, { request, family: 6, pools });
  if (four === undefined && six === undefined) return [notAssigned(request, 4, pools)];
  return [four, six].filter((answer) => answer !== undefined);
}

function autoPools({ usable, wants }: Applicant, { pool, field }: AutoRequest): readonly JudgedPool[] | Finding {
  if (pool === undefined) return usable.filter(({ settings }) => settings?.autoAssign === true);
  const found = usable.filter((candidate) => candidate.pool.metadata.name === pool);
  if (found.length > 0) return found;
  const problem = `does not exist, is not for this namespace or is not of network ${wants.network}`;
  return finding('AddressPoolNotUsable', { field, pool, problem });
}

interface FamilyRequest {
  readonly request: AutoRequest;
  readonly family: Family;
  readonly pools: readonly JudgedPool[];
}

// Undefined: the pools do not speak this family.
function grantFamily(world: World, applicant: Applicant, wish: FamilyRequest): Grant | Finding | undefined {
  const kept = keepAuto(world, applicant, wish);
  if (kept !== undefined) return kept;
  const pools = wish.pools.filter((pool) => poolHasFamily(pool, wish.family));
  if (pools.length === 0) return undefined;
  const { ledger } = world;
  for (const by of ['uid', 'name'] as const) {
    for (const { ip } of ledger.claimsOf(applicant.holder, by)) {
      const pool = ip.family === wish.family ? pools.find((candidate) => poolHas(candidate, ip)) : undefined;
      if (pool === undefined) continue;
      return { request: wish.request, ip, ...ledger.take(ip, applicant.holder, pool.pool.metadata.name) };
    }
  }
  for (const pool of pools) {
    const ip = nextFree(world, pool, wish.family);
    if (ip !== undefined) {
      return { request: wish.request, ip, ...ledger.take(ip, applicant.holder, pool.pool.metadata.name) };
    }
  }
  return notAssigned(wish.request, wish.family, pools);
}

function keepAuto(world: World, { holder, wants }: Applicant, wish: FamilyRequest): Grant | undefined {
  const { request, family } = wish;
  for (const { ip, pool } of world.ledger.claimsOf(holder, 'uid')) {
    const state = world.ledger.stateOf(formatIp(ip));
    if (ip.family !== family || state.kind !== 'claimed' || state.resting !== undefined) continue;
    if (request.pool !== undefined && request.pool !== pool) continue;
    if (contains(world.inside, ip) || !isOfNetwork(world, pool, wants.network)) continue;
    return { request, ip, ...world.ledger.take(ip, holder, pool) };
  }
  return undefined;
}

// Addresses are only ever taken during one compile, never given back, so a walk need not look behind.
function nextFree({ ledger, walks }: World, pool: JudgedPool, family: Family): Ip | undefined {
  const key = `${pool.pool.metadata.name}/${family}`;
  let walk = walks.get(key);
  if (walk === undefined) {
    walk = addressesOf(pool.usable.filter((range) => range.family === family));
    walks.set(key, walk);
  }
  for (let step = walk.next(); step.done !== true; step = walk.next()) {
    if (ledger.stateOf(formatIp(step.value)).kind === 'free') return step.value;
  }
  return undefined;
}

function notAssigned(request: AutoRequest, family: Family, pools: readonly JudgedPool[]): Finding {
  const names = pools.map(({ pool }) => objectKey(pool)).join(', ');
  return finding('AddressNotAssigned', {
    field: request.field,
    family: `IPv${family}`,
    pools: names === '' ? 'any pool: none may be used by this namespace on this network' : `pool ${names}`,
  });
}
