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
        ipam: {
          type: 'host-local',
          routes: node.podCidrs.map((cidr) => ({ dst: is6(cidr) ? '::/0' : '0.0.0.0/0' })),
          ranges: node.podCidrs.map((subnet) => [{ subnet }]),
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
  const others = nodes.filter(({ name }) => name !== node.name);
  const routes = others.flatMap(({ podCidrs, address, address6 = '' }) =>
    podCidrs.map((cidr) => `ip route replace ${cidr} via ${is6(cidr) ? address6 : address}`),
  );
  return `
mkdir -p /etc/cni/net.d
${routes.join('\n')}
nft -f - <<'RULES'
table inet plain-network
delete table inet plain-network
table inet plain-network {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    fib daddr type local return
${masqueradeRules(nodes.flatMap(({ podCidrs }) => podCidrs)).join('\n')}
  }
}
RULES
cat > /etc/cni/net.d/.new <<'CONFLIST'
${JSON.stringify(list)}
CONFLIST
mv /etc/cni/net.d/.new /etc/cni/net.d/10-plain.conflist
`;
}

const is6 = (cidr: string): boolean => cidr.includes(':');

function masqueradeRules(ranges: readonly string[]): readonly string[] {
  return [false, true].flatMap((six) => {
    const inside = ranges.filter((range) => is6(range) === six).join(', ');
    const ip = six ? 'ip6' : 'ip';
    return inside === '' ? [] : [`    ${ip} daddr { ${inside} } return`, `    ${ip} saddr { ${inside} } masquerade`];
  });
}

/** Sets the network of all nodes up; kubelets find it within seconds. */
export async function makePlainNetwork(place: Place, nodes: readonly ClusterNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => place.onNode(node.name, nodeNetworkScript(node, nodes))));
}
