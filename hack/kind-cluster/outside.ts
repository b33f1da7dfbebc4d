import { join } from 'node:path';
import type { ClusterNode } from './cluster.ts';
import type { Place } from './place.ts';

/** The world outside: a container beside the nodes that says which source address it saw, and counts them. */
export interface Outside {
  readonly container: string;
  /** Its own, in the nodes' network. */
  readonly address: string;
  /** All that it answers for, in several networks. */
  readonly addresses: readonly string[];
  /** Packets to the echo's port by source address since the last reset. */
  readonly seen: () => Promise<ReadonlyMap<string, number>>;
  readonly reset: () => Promise<void>;
}

const root = join(import.meta.dirname, '..', '..');
const further = ['198.51.100.10', '198.51.100.200', '203.0.113.10'];
const furtherRanges = ['198.51.100.0/24', '203.0.113.0/24'];
const rules = `table inet seen
delete table inet seen
table inet seen {
  set sources { type ipv4_addr; flags dynamic; size 4096; counter; }
  set sources6 { type ipv6_addr; flags dynamic; size 4096; counter; }
  chain input {
    type filter hook input priority -300; policy accept;
    meta l4proto { tcp, udp } th dport 8080 add @sources { ip saddr }
    meta l4proto { tcp, udp } th dport 8080 add @sources6 { ip6 saddr }
  }
  chain further {
    type nat hook prerouting priority dstnat; policy accept;
    meta l4proto { tcp, udp } th dport 8081-8083 redirect to :8080
  }
}
`;

/** Starts it from Sallyport's own image, which has Node and nft, and leads every node there. */
export async function startOutside(
  place: Place,
  { name, image, nodes }: { readonly name: string; readonly image: string; readonly nodes: readonly ClusterNode[] },
): Promise<Outside> {
  const container = `${name}-outside`;
  await place.docker(['rm', '--force', container]).catch(() => {}); // there was none
  const echo = join('/checkout', 'hack', 'lab', 'outside-server.ts');
  await place.docker([
    ...['run', '--detach', '--name', container, '--network', 'kind', '--user', '0', '--cap-add', 'NET_ADMIN'],
    ...['--volume', `${root}:/checkout:ro`, '--entrypoint', '/usr/bin/node', image],
    ...['-e', `process.on('SIGTERM', () => process.exit()); setInterval(() => {}, 1e9)`],
  ]);
  const ownAddress = async (of: string) =>
    (await place.docker(['inspect', '--format', `{{.NetworkSettings.Networks.kind.${of}}}`, container])).trim();
  const address = await ownAddress('IPAddress');
  const address6 = nodes[0]?.address6 === undefined ? '' : await ownAddress('GlobalIPv6Address');
  const addresses = [address, ...further, ...(address6 === '' ? [] : [address6])];
  const inside = (...command: readonly string[]) => place.docker(['exec', '-i', container, ...command]);
  for (const each of further) await inside('ip', 'addr', 'add', `${each}/32`, 'dev', 'lo');
  const reset = async () => void (await place.docker(['exec', '-i', container, 'nft', '-f', '-'], rules));
  await reset();
  await place.docker(['exec', '--detach', container, 'node', echo, ...addresses]);
  for (const node of nodes)
    await place.onNode(node.name, furtherRanges.map((range) => `ip route replace ${range} via ${address}`).join('\n'));
  return {
    ...{ container, address, addresses, reset },
    seen: async () => parseSeen(await inside('nft', '-j', 'list', 'sets', 'inet')),
  };
}

interface SetListing {
  readonly nftables: readonly {
    readonly set?: {
      readonly elem?: readonly {
        readonly elem: { readonly val: string; readonly counter: { readonly packets: number } };
      }[];
    };
  }[];
}

/** Pure: packets by address in what `nft -j list sets` prints. */
export function parseSeen(text: string): ReadonlyMap<string, number> {
  const { nftables }: SetListing = JSON.parse(text);
  const elements = nftables.flatMap(({ set }) => set?.elem ?? []);
  return new Map(elements.map(({ elem }) => [elem.val, elem.counter.packets]));
}
