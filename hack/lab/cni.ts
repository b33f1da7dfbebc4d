import { ofFamilies } from './families.ts';
import { clusterRange4, clusterRange6 } from './fixed-points.ts';
import { type LabNode, podMac } from './lab-node.ts';
import type { CniName } from './options.ts';
import { inNetns, ipBatch, loadNft, tool } from './tools.ts';

export const podBridge = 'cni0';
/** The pods' gateway in the routed flavour: an address that nobody has, with a permanent neighbour. */
export const routedGateway = { ipv4: '169.254.1.1', ipv6: 'fe80::ec:1' } as const;

/** The address of a node's pod bridge: the first of its pod range. */
export function bridgeGateway(node: LabNode): { readonly ipv4: string; readonly ipv6: string } {
  return { ipv4: `10.244.${node.index}.1`, ipv6: `fd00:10:244:${node.index}::1` };
}

/** What the CNI sets up once per node: the pods' bridge and masquerading, or for `routed` the router's and the API server's knowledge of the pods. */
export async function createPodNetwork(cni: CniName, nodes: readonly LabNode[]): Promise<void> {
  if (cni === 'routed') {
    const routes = nodes.flatMap((node) =>
      node.podRanges.map((range, at) => `route add ${range} via ${node.addresses[at]}`),
    );
    // Undefined: where the API server is, on the nodes' own network.
    await Promise.all(['router', undefined].map((netns) => ipBatch(netns, routes)));
    return;
  }
  await Promise.all(
    nodes.flatMap((node) => [
      createPodBridge(node),
      cni === 'bridge' ? loadNft(node.name, nftMasquerade(node)) : loadIptablesMasquerade(node),
    ]),
  );
}

async function createPodBridge(node: LabNode): Promise<void> {
  const gateway = bridgeGateway(node);
  await ipBatch(node.name, [
    `link add ${podBridge} address ${podMac('node', node.index, 0)} type bridge mcast_snooping 0`,
    ...ofFamilies(
      node.families,
      `addr add ${gateway.ipv4}/24 brd + dev ${podBridge}`,
      `addr add ${gateway.ipv6}/64 dev ${podBridge} nodad`,
    ),
    `link set ${podBridge} up`,
  ]);
}

function nftMasquerade(node: LabNode): string {
  return `table inet cni {
  chain postrouting {
    type nat hook postrouting priority srcnat
    ip saddr ${node.podRange4} ip daddr != ${clusterRange4} masquerade
    ip6 saddr ${node.podRange6} ip6 daddr != ${clusterRange6} masquerade
  }
}
`;
}

async function loadIptablesMasquerade(node: LabNode): Promise<void> {
  const rules = (range: string, cluster: string) =>
    `*nat\n-A POSTROUTING -s ${range} ! -d ${cluster} -m comment --comment "lab: pods to the outside" -j MASQUERADE\nCOMMIT\n`;
  await Promise.all([
    tool(inNetns(node.name, ['iptables-nft-restore', '--noflush']), rules(node.podRange4, clusterRange4)),
    tool(inNetns(node.name, ['ip6tables-nft-restore', '--noflush']), rules(node.podRange6, clusterRange6)),
  ]);
}
