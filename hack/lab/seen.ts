import { inNetns, tool } from './tools.ts';

const sets = ['seen4', 'seen6'] as const;

/** Packets by source address that arrived at the servers since the last reset (outside-rules.ts counts them). */
export async function readSeen(servers: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const texts = await Promise.all(
    servers.flatMap((name) =>
      sets.map((set) => tool(inNetns(name, ['nft', '-j', 'list', 'set', 'netdev', 'lab-seen', set]))),
    ),
  );
  for (const [address, packets] of texts.flatMap(parseCounters)) {
    counts.set(address, (counts.get(address) ?? 0) + packets);
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Forgets all that was seen. */
export async function resetSeen(servers: readonly string[]): Promise<void> {
  await Promise.all(
    servers.flatMap((name) =>
      sets.map((set) => tool(inNetns(name, ['nft', 'flush', 'set', 'netdev', 'lab-seen', set]))),
    ),
  );
}

/** Packets that arrived at the servers in the lab's life, whatever was reset; `strange`: with a source that nobody outside may see. */
export interface SeenTotals {
  readonly arrived: number;
  readonly strange: number;
}

/** Reads what the servers have counted. */
export async function readTotals(servers: readonly string[]): Promise<SeenTotals> {
  const texts = await Promise.all(
    servers.map((name) => tool(inNetns(name, ['nft', '-j', 'list', 'counters', 'table', 'netdev', 'lab-seen']))),
  );
  const counters = texts.flatMap((text) =>
    (JSON.parse(text) as CounterListing).nftables.flatMap(({ counter }) => counter ?? []),
  );
  const sum = (wanted: string) =>
    counters.filter(({ name }) => name === wanted).reduce((total, { packets }) => total + packets, 0);
  return { arrived: sum('arrived'), strange: sum('strange') };
}

interface CounterListing {
  readonly nftables: readonly { readonly counter?: { readonly name: string; readonly packets: number } }[];
}
interface SetListing {
  readonly nftables: readonly { readonly set?: { readonly elem?: readonly CountedElement[] } }[];
}
interface CountedElement {
  readonly elem: { readonly val: string; readonly counter: { readonly packets: number } };
}

/** The elements of `nft -j list set` (libnftables-json(5)) with their counters. */
export function parseCounters(text: string): readonly (readonly [string, number])[] {
  const listing: SetListing = JSON.parse(text);
  return listing.nftables.flatMap(({ set }) =>
    (set?.elem ?? []).map(({ elem }) => [elem.val, elem.counter.packets] as const),
  );
}
