import type { ClusterNode } from './cluster.ts';
import type { Place } from './place.ts';

/**
 * Pure: what makes a node's Pod network of the CNI project's own plugins (`ptp`, `host-local`, `portmap`), as a script: a route to
 * every other node's Pods, masquerade for what leaves. For node images without kindnet's image.
 */
export function nodeNetworkScript(node: ClusterNode, nodes: readonly ClusterNode[]): string {
  const list = {
    cniVersion: '0.3.1',
    name: 'plain',
    plugins: [
      {
        type: 'ptp',
        ipam: { type: 'host-local', routes: [{ dst: '0.0.0.0/0' }], ranges: [[{ subnet: node.podCidr }]] },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
  const others = nodes.filter(({ name }) => name !== node.name);
  const inside = nodes.map(({ podCidr }) => podCidr).join(', ');
  return `
mkdir -p /etc/cni/net.d
${others.map(({ podCidr, address }) => `ip route replace ${podCidr} via ${address}`).join('\n')}
nft -f - <<'RULES'
table ip plain-network
delete table ip plain-network
table ip plain-network {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    fib daddr type local return
    ip daddr { ${inside} } return
    ip saddr { ${inside} } masquerade
  }
}
RULES
cat > /etc/cni/net.d/.new <<'CONFLIST'
${JSON.stringify(list)}
CONFLIST
mv /etc/cni/net.d/.new /etc/cni/net.d/10-plain.conflist
`;
}

/** Sets the network of all nodes up; kubelets find it within seconds. */
export async function makePlainNetwork(place: Place, nodes: readonly ClusterNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => place.onNode(node.name, nodeNetworkScript(node, nodes))));
}
