import { isIP, isIPv6 } from 'node:net';
import { networkOf } from './owner.ts';
import { ipBatch, tool, tryTool } from './tools.ts';
import type { Topology } from './topology.ts';

/** Another host takes the address and says so to everybody: its link comes up again, and `arp_notify` announces it, three times. */
export async function startThief({ networks }: Topology, address: string): Promise<string> {
  if (isIP(address) === 0) throw new Error(`"${address}" is not an IP address`);
  const device = `eth${networkOf(networks, address).index - 1}`;
  const length = isIPv6(address) ? 128 : 32;
  await ipBatch('thief', [`addr replace ${address}/${length} dev ${device}${isIPv6(address) ? ' nodad' : ''}`]);
  for (let i = 0; i < 3; i++) await ipBatch('thief', [`link set ${device} down`, `link set ${device} up`]);
  return `a thief answers for ${address}`;
}

/** The thief gives back all that it took. */
export async function clearThief({ networks }: Topology): Promise<string> {
  for (const { index } of networks) {
    const device = `eth${index - 1}`;
    const text = await tool(['ip', '-n', 'thief', '-json', 'addr', 'show', 'dev', device]);
    const [link]: [{ addr_info: readonly { local: string; prefixlen: number }[] }?] = JSON.parse(text);
    const stolen = (link?.addr_info ?? []).filter(({ prefixlen }) => prefixlen === 32 || prefixlen === 128);
    for (const { local, prefixlen } of stolen)
      await tryTool(['ip', '-n', 'thief', 'addr', 'del', `${local}/${prefixlen}`, 'dev', device]);
  }
  return 'the thief is gone';
}
