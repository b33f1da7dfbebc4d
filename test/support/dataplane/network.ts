import { addNamespace, type Tool, tool } from '../netns.ts';
import { outside, type PodPlace, type TestNode } from './places.ts';

/**
 * What a cluster is before Sallyport: nodes on a bridge with strict rp_filter and a CNI that masquerades, and the outside,
 * which is their router, too. Only inside `describeInNamespace`.
 */
export function buildNetwork(nodes: readonly TestNode[]): void {
  tool('ip', ['link', 'add', 'lan', 'type', 'bridge']);
  tool('ip', ['link', 'set', 'lan', 'addrgenmode', 'none', 'up']);
  addOutside(nodes);
  for (const node of nodes) addNode(node, nodes);
}

/** Runs a tool in a node, a pod (`pod-NAME`) or the outside. */
export function inside(namespace: string): Tool {
  return (command, args, input) => tool('nsenter', [`--net=/run/netns/${namespace}`, command, ...args], input);
}

/** A pod on a node, as its CNI makes it: a veth pair and routes, no bridge. */
export function addPod({ name, node, ip, ip6 }: PodPlace): void {
  const [pod, port] = [`pod-${name}`, `v-${name}`];
  addNamespace(pod);
  tool('ip', ['link', 'add', port, 'netns', node.name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pod]);
  ip_(node.name, [`link set ${port} addrgenmode none`, `link set ${port} up`]);
  ip_(pod, ['link set eth0 addrgenmode none', 'link set eth0 up']);
  const macOf = (where: string, device: string) =>
    (JSON.parse(inside(where)('ip', ['-j', 'link', 'show', device])) as { address: string }[])[0]?.address;
  ip_(node.name, [
    `route add ${ip}/32 dev ${port}`,
    `route add ${ip6}/128 dev ${port}`,
    ...[ip, ip6].map((address) => `neigh add ${address} lladdr ${macOf(pod, 'eth0')} dev ${port} nud permanent`),
  ]);
  // Permanent: proxy ARP for a gateway that nobody has needs a default route (dataplane.md §3.10).
  const gateways = ['169.254.1.1', 'fe80::1'];
  ip_(pod, [
    `addr add ${ip}/32 dev eth0`,
    `addr add ${ip6}/128 dev eth0 nodad`,
    ...gateways.map((gateway) => `neigh add ${gateway} lladdr ${macOf(node.name, port)} dev eth0 nud permanent`),
    'route add 169.254.1.1 dev eth0 scope link',
    `route add default via 169.254.1.1 dev eth0`,
    'route add default via fe80::1 dev eth0',
  ]);
  watchArrivals(pod);
}

/** Whoever forwards asks for neighbours from a link-local address. */
const linkLocal = 'fe80::';

function addNode(node: TestNode, nodes: readonly TestNode[]): void {
  addNamespace(node.name);
  inside(node.name)('sysctl', [
    '-qw',
    'net.ipv4.ip_forward=1',
    'net.ipv6.conf.all.forwarding=1',
    'net.ipv4.conf.all.rp_filter=1',
    'net.ipv4.conf.default.rp_filter=1',
  ]);
  plug(node.name);
  ip_(node.name, [
    `addr add ${node.ip}/24 dev eth0`,
    `addr add ${node.ip6}/64 dev eth0 nodad`,
    `addr add ${linkLocal}${node.index}/64 dev eth0 nodad`,
    `route add default via ${outside.router}`,
    `route add default via ${outside.router6}`,
    ...nodes
      .filter((other) => other !== node)
      .flatMap((other) => [
        `route add ${other.podRange} via ${other.ip}`,
        `route add ${other.podRange6} via ${other.ip6}`,
      ]),
  ]);
  addMasquerade(node.name);
}

/** The CNI's masquerade, at the usual priority; also after somebody flushed it. */
export function addMasquerade(node: string): void {
  const chain = (family: string, range: string) => `table ${family} cni {
    chain post {
      type nat hook postrouting priority srcnat; policy accept;
      ${family} saddr ${range} ${family} daddr != ${range} masquerade
    }
  }`;
  inside(node)('nft', ['-f', '-'], `${chain('ip', '10.244.0.0/16')}\n${chain('ip6', 'fd00:10:244::/48')}\n`);
}

function addOutside(nodes: readonly TestNode[]): void {
  addNamespace(outside.name);
  plug(outside.name);
  ip_(outside.name, [
    `addr add ${outside.router}/24 dev eth0`,
    `addr add ${outside.router6}/64 dev eth0 nodad`,
    `addr add ${linkLocal}ff/64 dev eth0 nodad`,
    `addr add ${outside.ip}/32 dev lo`,
    `addr add ${outside.ip6}/128 dev lo nodad`,
    ...nodes.map((node) => `route add ${node.podRange} via ${node.ip}`),
  ]);
  watchArrivals(outside.name);
}

function plug(namespace: string): void {
  const port = `p-${namespace}`;
  tool('ip', ['link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace]);
  tool('ip', ['link', 'set', port, 'addrgenmode', 'none', 'master', 'lan', 'up']);
  ip_(namespace, ['link set eth0 addrgenmode none', 'link set eth0 up']);
}

/** Counts arriving packets by source, and SYNs by their maximum segment size, before anything can change or drop them. */
export function watchArrivals(namespace: string): void {
  inside(namespace)(
    'nft',
    ['-f', '-'],
    `table inet watch {
      set seen4 { type ipv4_addr; flags dynamic; counter; }
      set seen6 { type ipv6_addr; flags dynamic; counter; }
      set segment { typeof tcp option maxseg size; flags dynamic; counter; }
      chain arrive {
        type filter hook prerouting priority -400; policy accept;
        iifname lo return
        ip protocol igmp return
        ip6 daddr ff02::/16 return
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } return
        add @seen4 { ip saddr }
        add @seen6 { ip6 saddr }
        tcp flags & syn == syn add @segment { tcp option maxseg size }
      }
    }\n`,
  );
}

function ip_(namespace: string, lines: readonly string[]): void {
  tool('ip', ['-n', namespace, '-batch', '-'], `${lines.join('\n')}\n`);
}
