import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExternalNetwork } from './fixed-points.ts';
import { nodeMac, thiefMac } from './lab-node.ts';
import { inNetns, ipBatch, loadNft, tool, tryTool } from './tools.ts';

/** The network whose on-link range the address is in; the nodes' own for all others. */
export function networkOf(networks: readonly ExternalNetwork[], address: string): ExternalNetwork {
  const found = networks.find(
    ({ prefix4, prefix6 }) => address.startsWith(`${prefix4}.`) || address.startsWith(prefix6),
  );
  const [first] = networks;
  if (found === undefined && first === undefined) throw new Error('the lab has no network');
  return found ?? (first as ExternalNetwork);
}

/** Notes who answers the prober's questions, all of them where there are several. */
export async function prepareProber(networks: readonly ExternalNetwork[]): Promise<void> {
  const chains = networks.map(
    ({ index }) => `  chain in-${index} {
    type filter hook ingress device "eth${index - 1}" priority 0
    arp operation reply update @answers4 { arp saddr ip . arp saddr ether }
    icmpv6 type nd-neighbor-advert update @answers6 { ip6 saddr . ether saddr }
  }
`,
  );
  await loadNft(
    'prober',
    `table netdev lab-prober {
  set answers4 {
    typeof arp saddr ip . arp saddr ether
    size 4096
    flags dynamic,timeout
    timeout 10s
  }
  set answers6 {
    typeof ip6 saddr . ether saddr
    size 4096
    flags dynamic,timeout
    timeout 10s
  }
${chains.join('')}}
`,
  );
}

/**
 * Asks on the wire (ARP, or neighbour discovery for IPv6) who has the address, from a host that is neither node nor router, and
 * answers the hardware addresses that answered, within `waitMs`. Nothing is announced: a question changes nobody's mind.
 */
export async function askOwner(
  networks: readonly ExternalNetwork[],
  address: string,
  waitMs = 1000,
): Promise<readonly string[]> {
  const device = `eth${networkOf(networks, address).index - 1}`;
  const set = isIPv6(address) ? 'answers6' : 'answers4';
  await tryTool(['ip', '-n', 'prober', 'neigh', 'del', address, 'dev', device]); // usually there is none
  await tool(inNetns('prober', ['nft', 'flush', 'set', 'netdev', 'lab-prober', set]));
  await ipBatch('prober', [
    `neigh replace ${address} dev ${device} nud none`,
    `neigh change ${address} dev ${device} use`,
  ]);
  const end = performance.now() + waitMs;
  while (performance.now() < end) {
    await sleep(20);
    if ((await readAnswers(set, address)).length === 0) continue;
    await sleep(50); // a second one that answers
    break;
  }
  const answers = await readAnswers(set, address);
  await tryTool(['ip', '-n', 'prober', 'neigh', 'del', address, 'dev', device]); // gone already when it failed
  return answers;
}

interface Listing {
  readonly nftables: readonly {
    readonly set?: { readonly elem?: readonly (Concat | { readonly elem: { readonly val: Concat } })[] };
  }[];
}
interface Concat {
  readonly concat: readonly string[];
}

async function readAnswers(set: string, address: string): Promise<readonly string[]> {
  const text = await tool(inNetns('prober', ['nft', '-j', 'list', 'set', 'netdev', 'lab-prober', set]));
  const listing: Listing = JSON.parse(text);
  const pairs = listing.nftables
    .flatMap((entry) => entry.set?.elem ?? [])
    .map((element) => ('elem' in element ? element.elem.val : element).concat);
  return pairs.filter(([answered]) => answered === address).map(([, mac]) => mac ?? '');
}

/** The name behind a hardware address: a node's, `thief`, or the address itself. */
export function hostOf(networks: readonly ExternalNetwork[], nodes: readonly string[], mac: string): string {
  for (const network of networks) {
    const node = nodes.find((_, i) => nodeMac(network, i + 1) === mac);
    if (node !== undefined) return node;
    if (mac === thiefMac(network)) return 'thief';
  }
  return mac;
}
