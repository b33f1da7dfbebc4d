import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { ofFamilies } from './families.ts';
import {
  apiAddress,
  dnsAddress,
  type ExternalNetwork,
  outsideRanges4,
  outsideRanges6,
  outsideRouterAddress,
  proberSuffix,
  routerAddress,
  secondOutsideRouterAddress,
  secondRouterAddress,
  thiefSuffix,
} from './fixed-points.ts';
import { type LabNode, nodeAddresses, nodeMac, portName, thiefMac } from './lab-node.ts';
import { nodeRootDir } from './paths.ts';
import { ipBatch, setSysctls, tool } from './tools.ts';

export interface Topology {
  readonly nodes: readonly LabNode[];
  readonly networks: readonly [ExternalNetwork, ...ExternalNetwork[]];
}

/** No address is probed for duplicates, no router is listened to: an address is usable the moment it is set. */
const quietIpv6 = {
  'net.ipv6.conf.all.accept_dad': 0,
  'net.ipv6.conf.default.accept_dad': 0,
  'net.ipv6.conf.default.accept_ra': 0,
  'net.ipv6.conf.default.router_solicitations': 0,
} as const;

const forwarding = { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 } as const;

/** Strict reverse path filter, as many distributions and CNIs have it: the hard case for the data plane. */
const noFilter = { 'net.ipv4.conf.all.rp_filter': 0, 'net.ipv4.conf.default.rp_filter': 0 } as const;

const strictFilter = { 'net.ipv4.conf.all.rp_filter': 1, 'net.ipv4.conf.default.rp_filter': 1 } as const;

/**
 * Makes the networks: a bridge per external network with the nodes on it, the API server's address on the nodes' own, the router
 * from there to the server `outside`, the partner servers, and a prober and a thief on every bridge. There is no other way out.
 */
export async function createTopology({ nodes, networks }: Topology): Promise<void> {
  const servers = networks.map(({ server }) => server.name);
  const namespaces = [...nodes.map(({ name }) => name), 'router', 'router-2', 'prober', 'thief', ...servers];
  await ipBatch(
    undefined,
    namespaces.map((name) => `netns add ${name}`),
  );
  // Docker's bridge-nf-call-iptables is the default of new namespaces too: frames between nodes are not this namespace's business.
  const bridgeFilter = existsSync('/proc/sys/net/bridge')
    ? { 'net.bridge.bridge-nf-call-iptables': 0, 'net.bridge.bridge-nf-call-ip6tables': 0 }
    : {};
  await Promise.all([
    setSysctls(undefined, { ...quietIpv6, ...bridgeFilter }),
    ...nodes.map(({ name }) => setSysctls(name, { ...quietIpv6, ...forwarding, ...strictFilter })),
    ...['router', 'router-2'].map((name) => setSysctls(name, { ...quietIpv6, ...forwarding })),
    // Both announce an address by themselves when their link comes up: how the thief claims one.
    setSysctls('thief', {
      ...quietIpv6,
      'net.ipv4.conf.default.arp_notify': 1,
      'net.ipv6.conf.default.ndisc_notify': 1,
    }),
    // What comes by one router is answered by the other.
    ...['prober', ...servers].map((name) => setSysctls(name, { ...quietIpv6, ...noFilter })),
    ...nodes.map(({ name }) => makeRunDir(`${nodeRootDir(name)}/run/sallyport`)),
  ]);
  await ipBatch(undefined, bridgeLines({ nodes, networks }));
  await Promise.all([
    ...nodes.map((node) => ipBatch(node.name, nodeLines(node, { nodes, networks }))),
    ipBatch('router', routerLines(routerAddress, outsideRouterAddress)),
    ipBatch('router-2', routerLines(secondRouterAddress, secondOutsideRouterAddress)),
    ipBatch('outside', outsideLines()),
    ipBatch(
      'prober',
      networks.flatMap((network) => bystanderLines(network, proberSuffix)),
    ),
    ipBatch(
      'thief',
      networks.flatMap((network) => bystanderLines(network, thiefSuffix)),
    ),
    ...networks.slice(1).map((network) => ipBatch(network.server.name, partnerLines(network))),
  ]);
}

/** A file system of its own: a node's may be full, and nothing else. */
async function makeRunDir(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await tool(['mount', '-t', 'tmpfs', '-o', 'size=8m,mode=0755', 'tmpfs', path]);
}

function bridgeLines({ nodes, networks }: Topology): readonly string[] {
  const lines = [
    'link set lo up',
    'link add router-out netns router type veth peer name eth0 netns outside',
    'link add router-out netns router-2 type veth peer name eth1 netns outside',
  ];
  for (const network of networks) {
    const { bridge, index } = network;
    lines.push(`link add ${bridge} type bridge mcast_snooping 0`, `link set ${bridge} up`);
    const plug = (netns: string, device: string, mac = '') =>
      lines.push(
        `link add ${portName(network, netns)} type veth peer name ${device} ${mac && `address ${mac}`} netns ${netns}`,
        `link set ${portName(network, netns)} master ${bridge} up`,
      );
    for (const node of nodes) plug(node.name, network.interface, nodeMac(network, node.index));
    plug('prober', `eth${index - 1}`);
    plug('thief', `eth${index - 1}`, thiefMac(network));
    if (index > 1) plug(network.server.name, 'eth0');
    else for (const router of ['router', 'router-2']) plug(router, 'nodes');
  }
  const [first] = networks;
  lines.push(
    `addr add ${apiAddress.ipv4}/24 dev ${first.bridge}`,
    `addr add ${apiAddress.ipv6}/64 dev ${first.bridge}`,
  );
  return lines;
}

function nodeLines(node: LabNode, { nodes, networks }: Topology): readonly string[] {
  const lines = ['link set lo up'];
  for (const network of networks) {
    const { ipv4, ipv6 } = nodeAddresses(network, node.index);
    lines.push(
      ...ofFamilies(
        node.families,
        `addr add ${ipv4}/24 brd + dev ${network.interface}`,
        `addr add ${ipv6}/64 dev ${network.interface} nodad`,
      ),
      `link set ${network.interface} up`,
    );
  }
  const defaults = [`route add default via ${routerAddress.ipv4}`, `route add ::/0 via ${routerAddress.ipv6}`] as const;
  lines.push(...ofFamilies(node.families, ...defaults));
  for (const other of nodes.filter(({ index }) => index !== node.index))
    lines.push(...other.podRanges.map((range, at) => `route add ${range} via ${other.addresses[at]}`));
  return lines;
}

interface RouterSide {
  readonly ipv4: string;
  readonly ipv6: string;
}

function routerLines(inside: RouterSide, outside: RouterSide): readonly string[] {
  return [
    'link set lo up',
    `addr add ${inside.ipv4}/24 dev nodes`,
    `addr add ${inside.ipv6}/64 dev nodes nodad`,
    `addr add ${outside.ipv4}/32 dev router-out`,
    `addr add ${outside.ipv6}/64 dev router-out nodad`,
    'link set nodes up',
    'link set router-out up',
    'route add 198.51.100.10/32 dev router-out',
    'route add 2001:db8:51::10/128 dev router-out',
    ...outsideRanges4.map((range) => `route add ${range} via 198.51.100.10`),
    ...outsideRanges6.map((range) => `route add ${range} via 2001:db8:51::10`),
  ];
}

/** `outside` holds one address and answers for whole ranges (local routes). */
function outsideLines(): readonly string[] {
  return [
    'link set lo up',
    'addr add 198.51.100.10/24 dev eth0',
    'addr add 198.51.100.11/32 dev lo',
    'addr add 2001:db8:51::10/64 dev eth0 nodad',
    'addr add 2001:db8:51::11/128 dev lo nodad',
    `addr add ${dnsAddress.ipv4}/32 dev lo`,
    `addr add ${dnsAddress.ipv6}/128 dev lo nodad`,
    'link set eth0 up',
    'link set eth1 up',
    `route add default via ${outsideRouterAddress.ipv4} dev eth0 onlink`,
    `route add ::/0 via ${outsideRouterAddress.ipv6} dev eth0`,
    ...outsideRanges4.map((range) => `route replace local ${range} dev lo`),
    ...outsideRanges6.map((range) => `route replace local ${range} dev lo`),
  ];
}

function partnerLines({ prefix4, prefix6, beyond, server }: ExternalNetwork): readonly string[] {
  return [
    'link set lo up',
    `addr add ${server.address4}/24 dev eth0`,
    `addr add ${server.second4}/32 dev lo`,
    `addr add ${server.address6}/64 dev eth0 nodad`,
    `addr add ${server.second6}/128 dev lo nodad`,
    'link set eth0 up',
    `route replace ${prefix4}.0/24 dev eth0`,
    `route replace ${prefix6}:/64 dev eth0`,
    ...beyond.map((range) => `route replace local ${range} dev lo`),
  ];
}

function bystanderLines({ prefix4, prefix6, index }: ExternalNetwork, suffix: number): readonly string[] {
  const device = `eth${index - 1}`;
  return [
    `addr add ${prefix4}.${suffix}/24 dev ${device}`,
    `addr add ${prefix6}:${suffix}/64 dev ${device} nodad`,
    `link set ${device} up`,
  ];
}
