import type { GatewaySpecAddress } from '../../../src/api/gateway.ts';
import { type Address, holds, readAddress, readRange, writeAddress } from './ip.ts';
import { selects } from './selectors.ts';
import { type Verdict, verdict } from './verdict.ts';
import { byAge, type GatewayObject, keyOf, namespaceLabels, type PoolObject, read, type View } from './view.ts';

/** An address that is or was a Gateway's; `freed` (milliseconds since 1970) when nobody has it. */
export interface Holding {
  readonly uid: string;
  readonly gateway: string;
  readonly address: string;
  readonly generation: number;
  readonly freed?: number;
}

/** What a Gateway gets. */
export interface Grant {
  readonly addresses: readonly string[];
  readonly problem?: Verdict;
}

export interface Allocation {
  readonly grants: ReadonlyMap<string, Grant>;
  readonly holdings: readonly Holding[];
}

/** A freed address is kept that long for a Gateway of the same name (milliseconds). */
export const grace = 10_000;

/** Hands out addresses: wishes for one in particular first, then automatic ones, older Gateways first (api.md §3). */
export function allocate(view: View, gateways: readonly GatewayObject[], before: readonly Holding[]): Allocation {
  const present = new Set(gateways.map(({ metadata }) => metadata.uid));
  const kept = before.flatMap((holding) => rest(view, holding, present));
  const holdings: Holding[] = [];
  const grants = new Map<string, Grant>();
  const oldest = [...gateways].sort(byAge);
  const sorted = gateways.length > 1 && view.wrong('younger-takes-the-address') ? oldest.toReversed() : oldest;
  const world: World = { view, before: kept, taken: holdings };
  for (const automatic of [false, true]) {
    for (const gateway of sorted) {
      const earlier = grants.get(gateway.metadata.uid) ?? { addresses: [] };
      const wishes = wishesOf(view, gateway).filter(({ value }) => (value === '') === automatic);
      grants.set(gateway.metadata.uid, grantAll(world, { gateway, wishes, earlier }));
    }
  }
  const free = kept.filter(({ address, freed }) => {
    return freed !== undefined && !holdings.some((holding) => holding.address === address);
  });
  return { grants, holdings: [...holdings, ...free] };
}

interface World {
  readonly view: View;
  readonly before: readonly Holding[];
  readonly taken: Holding[];
}

function rest({ now, wrong }: View, holding: Holding, present: ReadonlySet<string>): readonly Holding[] {
  if (present.has(holding.uid)) return [holding];
  if (wrong('addresses-never-freed')) return [{ ...holding, freed: now }];
  const freed = holding.freed ?? now;
  return now - freed > grace ? [] : [{ ...holding, freed }];
}

/** One entry of spec.addresses; an empty value means any address. */
interface Wish {
  readonly value: string;
  readonly pool?: string;
}

function wishesOf({ wrong }: View, { spec }: GatewayObject): readonly Wish[] {
  const asked = spec.addresses ?? [];
  const entries = asked.length > 0 && wrong('spec-addresses-ignored') ? [] : asked;
  const known = entries.filter(({ type = 'IPAddress' }) => type === 'IPAddress' || type === 'sallyport.dev/Pool');
  const wishes = known.map(readWish);
  if (wishes.length === 0) return [{ value: '' }];
  return wishes.length > 1 && wrong('only-first-address') ? wishes.slice(0, 1) : wishes;
}

function readWish({ type, value = '' }: GatewaySpecAddress): Wish {
  if (type === 'sallyport.dev/Pool' && value !== '') return { value: '', pool: value };
  return { value };
}

interface Asking {
  readonly gateway: GatewayObject;
  readonly wishes: readonly Wish[];
  readonly earlier: Grant;
}

function grantAll(world: World, { gateway, wishes, earlier }: Asking): Grant {
  return wishes.reduce<Grant>((grant, wish) => {
    const answer = wish.value === '' ? grantAny(world, gateway, wish) : grantOne(world, gateway, wish.value);
    const problem = grant.problem ?? answer.problem;
    return {
      addresses: [...grant.addresses, ...answer.addresses],
      ...(problem === undefined ? {} : { problem }),
    };
  }, earlier);
}

function grantOne(world: World, gateway: GatewayObject, value: string): Grant {
  const { view } = world;
  const address = readAddress(value);
  const canonical = address === undefined ? value : writeAddress(address);
  const refuse = (why: string): Grant => {
    const reason = view.wrong('unusable-address-reason') ? 'Invalid' : 'AddressNotUsable';
    return { addresses: [], problem: verdict('Programmed', 'False', reason, `address ${canonical} ${why}`) };
  };
  if (address === undefined) return refuse('is no IP address');
  const usable = poolsFor(view, gateway).some((pool) => inPool(pool, address));
  if (!usable && !view.wrong('any-address-usable')) return refuse('is in no pool for this namespace');
  const holder = holderOf(world, canonical, gateway);
  if (holder !== undefined && !view.wrong('address-given-twice')) return refuse(`is taken by Gateway ${holder}`);
  return take(world, gateway, canonical);
}

function holderOf({ before, taken, view }: World, address: string, gateway: GatewayObject): string | undefined {
  const others = [...taken, ...(view.wrong('younger-takes-the-address') ? [] : before)];
  const rival = others.find((holding) => holding.address === address && holding.gateway !== keyOf(gateway));
  return rival?.gateway;
}

function take({ taken }: World, gateway: GatewayObject, address: string): Grant {
  const { uid, generation } = gateway.metadata;
  taken.push({ uid, gateway: keyOf(gateway), address, generation });
  return { addresses: [address] };
}

function grantAny(world: World, gateway: GatewayObject, wish: Wish): Grant {
  const { view } = world;
  const named = poolsFor(view, gateway).filter(({ metadata }) => metadata.name === wish.pool);
  if (wish.pool !== undefined && named.length === 0 && !view.wrong('pool-name-ignored')) {
    const problem = `pool ${wish.pool} does not exist or is not for this namespace`;
    return { addresses: [], problem: verdict('Programmed', 'False', 'AddressNotUsable', problem) };
  }
  const all = poolsFor(view, gateway).filter(({ spec }) => spec.autoAssign !== false);
  const pools = wish.pool === undefined || view.wrong('pool-name-ignored') ? all : named;
  const families = ([4, 6] as const).filter((family) =>
    pools.some((pool) => ranges(pool).some((r) => r.family === family)),
  );
  const served = families.length > 1 && view.wrong('one-address-family') ? families.slice(0, 1) : families;
  const grants = served.map((family) => grantFamily(world, gateway, { pools, family }));
  const problem =
    grants.find((grant) => grant.problem !== undefined)?.problem ?? (families.length === 0 ? none() : undefined);
  return { addresses: grants.flatMap(({ addresses }) => addresses), ...(problem === undefined ? {} : { problem }) };
}

function none(): Verdict {
  return verdict('Programmed', 'False', 'AddressNotAssigned', 'no free address is left');
}

interface Choice {
  readonly pools: readonly PoolObject[];
  readonly family: 4 | 6;
}

function grantFamily(world: World, gateway: GatewayObject, { pools, family }: Choice): Grant {
  const { view, before, taken } = world;
  const isMine = ({ uid, gateway: key }: Holding): boolean => uid === gateway.metadata.uid || key === keyOf(gateway);
  const { generation } = gateway.metadata;
  const all = before.filter(isMine);
  const edited = all.some((holding) => holding.generation !== generation) && view.wrong('address-changes-on-edit');
  const mine = edited ? [] : all;
  const kept = mine.find(({ address }) => {
    const ip = readAddress(address);
    return ip?.family === family && !taken.some((other) => other.address === address);
  });
  if (kept !== undefined) return take(world, gateway, kept.address);
  for (const pool of pools) {
    for (const range of ranges(pool).filter((candidate) => candidate.family === family)) {
      for (let value = range.first; value <= range.last; value += 1n) {
        const text = writeAddress({ family, value });
        const busy = [...taken, ...before].some(({ address }) => address === text);
        const free = (!busy || view.wrong('automatic-address-given-twice')) && inPool(pool, { family, value });
        if (free) return take(world, gateway, text);
      }
    }
  }
  return { addresses: [], problem: none() };
}

function ranges({ spec }: PoolObject): readonly NonNullable<ReturnType<typeof readRange>>[] {
  return spec.addresses.map(readRange).filter((range) => range !== undefined);
}

function inPool(pool: PoolObject, address: Address): boolean {
  const avoided = (pool.spec.avoid ?? []).map(readRange).some((range) => range !== undefined && holds(range, address));
  if (avoided) return false;
  return pool.spec.addresses.some((text) => {
    const range = readRange(text);
    if (range === undefined || !holds(range, address)) return false;
    const edge = address.family === 4 && text.includes('/') && range.prefix < 31;
    const edges = edge && (address.value === range.first || address.value === range.last);
    return !edges;
  });
}

/** Pools that the Gateway's namespace may use, by name. */
function poolsFor(view: View, gateway: GatewayObject): readonly PoolObject[] {
  const labels = namespaceLabels(view, gateway.metadata.namespace ?? '');
  return read<PoolObject>(view, 'EgressAddressPool')
    .filter(({ spec }) => {
      return spec.namespaceSelector === undefined || selects(spec.namespaceSelector, labels);
    })
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}
