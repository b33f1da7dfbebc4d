import { apiVersion } from '../api/names.ts';
import type { Ip, Range } from '../net/ip.ts';
import { contains, normalise, type RangeSet, subtract } from '../net/ranges.ts';
import type { AddressWish, Note, NotedManifest, Origin, Peer, PoolRange, PoolWish } from './model.ts';
import { dnsLabel, type Namer } from './names.ts';
import type { PlannedGateway } from './plan-gateways.ts';
import { rangeEntry } from './pool-ranges.ts';
import { chunk, namespaceNameLabel } from './selectors.ts';

/** Limits of config/crd/egressaddresspools.yaml. */
const mostEntries = 64;
const mostNamespaces = 64;

export interface Pools {
  readonly manifests: readonly NotedManifest[];
  /** On pools of which nothing is left. */
  readonly notes: readonly Note[];
  /** What a pool of the source is called here. */
  nameOf(pool: string): string;
}

/** One EgressAddressPool, or several when it has too many entries. */
interface Pool {
  /** In the source; absent: made for addresses that are in no pool there. */
  readonly source?: string;
  readonly wanted: string;
  readonly network: string;
  readonly addresses: readonly PoolRange[];
  readonly origins: readonly Origin[];
  readonly notes: readonly Note[];
}

interface Surroundings {
  readonly from: Peer;
  /** Whose Gateways may use a pool that none uses yet. */
  readonly namespace: string;
  readonly name: Namer;
}

/** The source's pools, and one per network for fixed addresses that are in none of them: Sallyport refuses an address outside of every pool. */
export function planPools(
  wishes: readonly PoolWish[],
  gateways: readonly PlannedGateway[],
  surroundings: Surroundings,
): Pools {
  const own = wishes.map((wish, index) => withoutOverlaps(wish, wishes.slice(0, index)));
  const kept = own.filter(({ addresses }) => addresses.length > 0);
  const pools = [...kept.map(poolOf), ...poolsForRest(kept, gateways, surroundings.from)];
  const named = pools.map((pool) => ({ pool, names: namesFor(pool, surroundings.name) }));
  const names = new Map(named.map(({ pool, names: [first] }) => [pool.source, first]));
  return {
    manifests: named.flatMap(({ pool, names: list }) => renderPool(pool, list, { gateways, ...surroundings })),
    notes: own.filter(({ addresses }) => addresses.length === 0).flatMap(({ notes }) => notes),
    nameOf: (pool) => names.get(pool) ?? dnsLabel(pool),
  };
}

const networkOf = ({ classWish }: Pick<PoolWish, 'classWish'>): string => classWish?.network?.name ?? 'default';

function poolOf(wish: PoolWish): Pool {
  const { name, origin, addresses, notes } = wish;
  return { source: name, wanted: name, network: networkOf(wish), addresses, origins: [origin], notes };
}

// Of two pools that overlap Sallyport refuses the younger.
function withoutOverlaps(wish: PoolWish, earlier: readonly PoolWish[]): PoolWish {
  const own = normalise(wish.addresses.map(({ range }) => range));
  const left = subtract(
    own,
    earlier.flatMap(({ addresses }) => addresses.map(({ range }) => range)),
  );
  if (left.length === own.length && left.every((range, index) => isSame(range, own[index]))) return wish;
  const what =
    left.length === 0
      ? 'has no address of its own, so that no pool was made of it'
      : 'shares addresses with a pool before it, which were left out here';
  const note: Note = {
    effect: 'differs',
    origin: wish.origin,
    message: `${what}: one address can be in one EgressAddressPool only`,
  };
  return { ...wish, addresses: left.map(rangeEntry), notes: [...wish.notes, note] };
}

function isSame(a: Range, b: Range | undefined): boolean {
  return a.family === b?.family && a.from === b.from && a.to === b.to;
}

function poolsForRest(wishes: readonly PoolWish[], gateways: readonly PlannedGateway[], from: Peer): readonly Pool[] {
  const covered = normalise(wishes.flatMap(({ addresses }) => addresses.map(({ range }) => range)));
  const users = gateways.filter((gateway) => restOf(gateway, covered).length > 0);
  return [...Map.groupBy(users, networkOf)].map(([network, list]): Pool => {
    const ranges = list
      .flatMap((gateway) => restOf(gateway, covered))
      .map(({ family, value }) => ({ family, from: value, to: value }));
    return {
      wanted: network === 'default' ? `${from}-addresses` : `${from}-addresses-${network}`,
      network,
      addresses: normalise(ranges).map(rangeEntry),
      origins: list.flatMap(({ intents }) => intents.map(({ origin }) => origin)),
      notes: [],
    };
  });
}

function restOf({ addresses }: PlannedGateway, covered: RangeSet): readonly Ip[] {
  return addresses.flatMap((address) =>
    address.kind === 'fixed' && !contains(covered, address.ip) ? [address.ip] : [],
  );
}

function namesFor({ addresses, wanted }: Pool, name: Namer): readonly string[] {
  return chunk(textsOf(addresses), mostEntries).map(() => name('EgressAddressPool', wanted));
}

const textsOf = (addresses: readonly PoolRange[]): readonly string[] => [...new Set(addresses.map(({ text }) => text))];

function renderPool(
  pool: Pool,
  names: readonly string[],
  { gateways, namespace }: Surroundings & { readonly gateways: readonly PlannedGateway[] },
): readonly NotedManifest[] {
  const ranges = normalise(pool.addresses.map(({ range }) => range));
  const users = gateways.filter((gateway) => gateway.addresses.some((address) => isOf(pool, ranges, address)));
  const namespaces = [...new Set(users.map((gateway) => gateway.namespace))].sort();
  const values = namespaces.length === 0 ? [namespace] : namespaces;
  const isOpen = values.length > mostNamespaces;
  return chunk(textsOf(pool.addresses), mostEntries).map((addresses, index) => ({
    manifest: {
      apiVersion,
      kind: 'EgressAddressPool',
      metadata: { name: names[index] ?? pool.wanted },
      spec: {
        ...(pool.network === 'default' ? {} : { network: pool.network }),
        addresses,
        // As in the source: only who names the pool or the address gets one.
        autoAssign: false,
        ...(isOpen
          ? {}
          : { namespaceSelector: { matchExpressions: [{ key: namespaceNameLabel, operator: 'In', values }] } }),
      },
    },
    origins: pool.origins,
    notes: [...pool.notes, ...noteSize(pool, { isOpen, namespaces: values.length, parts: names.length })],
  }));
}

interface Size {
  readonly isOpen: boolean;
  readonly namespaces: number;
  readonly parts: number;
}

function noteSize({ origins: [origin] }: Pool, { isOpen, namespaces, parts }: Size): readonly Note[] {
  if (origin === undefined) return [];
  const open = `Gateways of ${namespaces} namespaces use the pool, more than a selector can list: every namespace may use it`;
  const cut = `an EgressAddressPool has at most ${mostEntries} entries, so that this became ${parts}; Gateways that name it get addresses of the first`;
  return [
    ...(isOpen ? [{ effect: 'check', origin, message: open } as const] : []),
    ...(parts > 1 ? [{ effect: 'differs', origin, message: cut } as const] : []),
  ];
}

function isOf({ source }: Pool, ranges: RangeSet, address: AddressWish): boolean {
  return address.kind === 'pool' ? address.pool === source : contains(ranges, address.ip);
}
