import { type Finding, finding } from '../api/reasons.ts';
import { type Family, formatIp, type Ip } from '../net/ip.ts';
import { addresses as addressesOf, contains } from '../net/ranges.ts';
import type { AddressRequest } from './address-requests.ts';
import { awaitReturn } from './address-return.ts';
import { type Applicant, type Grant, isOfNetwork, type World } from './address-world.ts';
import { type JudgedPool, poolHas, poolHasFamily, poolRefusal } from './judge-pools.ts';
import { objectKey } from './order.ts';

type AutoRequest = Extract<AddressRequest, { kind: 'auto' }>;

/** Gives one address of each family that the pools have: what the Gateway has, had, or the first that is free. */
export function grantAuto(world: World, applicant: Applicant, request: AutoRequest): readonly (Grant | Finding)[] {
  const pools = autoPools(world.pools, applicant, request);
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

type Pools = readonly JudgedPool[];

function autoPools(all: Pools, { usable, wants }: Applicant, { pool, field }: AutoRequest): Pools | Finding {
  if (pool === undefined) return usable.filter(({ settings }) => settings?.autoAssign === true);
  const isNamed = (candidate: JudgedPool) => candidate.pool.metadata.name === pool;
  const found = usable.filter(isNamed);
  const refusal = all.filter(isNamed).map(poolRefusal)[0];
  if (found.length > 0 && refusal === undefined) return found;
  const problem =
    refusal === undefined
      ? `does not exist, is not for this namespace or is not of network ${wants.network}`
      : `is refused: ${refusal}`;
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
  const back = takeBack(world, applicant, { ...wish, pools });
  if (back !== undefined) return back;
  for (const next of [nextFree, nextAvailable]) {
    for (const pool of pools) {
      const ip = next(world, pool, wish.family);
      if (ip === undefined) continue;
      return { request: wish.request, ip, ...world.ledger.take(ip, applicant.holder, pool.pool.metadata.name) };
    }
  }
  return notAssigned(wish.request, wish.family, pools);
}

/** What the Gateway gave up itself, or an earlier one of its name had; a finding while that is still on its way. */
function takeBack(world: World, { holder }: Applicant, wish: FamilyRequest): Grant | Finding | undefined {
  const { ledger } = world;
  const { request, family, pools } = wish;
  for (const by of ['uid', 'name'] as const) {
    for (const { ip } of ledger.claimsOf(holder, by)) {
      const pool = ip.family === family ? pools.find((candidate) => poolHas(candidate, ip)) : undefined;
      if (pool === undefined) continue;
      const address = formatIp(ip);
      const wait = awaitReturn(world, {
        state: ledger.stateOf(address),
        holder,
        words: { field: request.field, address },
      });
      return wait ?? { request, ip, ...ledger.take(ip, holder, pool.pool.metadata.name) };
    }
  }
  return undefined;
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

// Only when nothing else is left: a Gateway that is made again shall find its address.
function nextAvailable(world: World, pool: JudgedPool, family: Family): Ip | undefined {
  const key = `${pool.pool.metadata.name}/${family}/available`;
  const walk =
    world.walks.get(key) ??
    world.ledger
      .available()
      .filter((ip) => ip.family === family && poolHas(pool, ip))
      .values();
  world.walks.set(key, walk);
  for (let step = walk.next(); step.done !== true; step = walk.next()) {
    const state = world.ledger.stateOf(formatIp(step.value));
    if (state.kind === 'claimed' && state.available) return step.value;
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
