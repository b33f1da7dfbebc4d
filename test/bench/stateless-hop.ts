import { inNetns, ipBatch, loadNft, setSysctls, tool } from '../../hack/lab/tools.ts';

/** The file of the network namespace of its pod. */
export const hopPod = '/run/netns/hop-pod';

const mark = '0x7';
const [node, gateway] = [
  { name: 'hop-node', underlay: '192.0.2.250', mac: '02:77:00:00:00:01', tunnel: '169.254.99.1' },
  { name: 'hop-gateway', underlay: '192.0.2.251', mac: '02:77:00:00:00:02', tunnel: '169.254.99.2' },
];
/** The source that the outside sees: translated on the pod's node, and only routed by the gateway. */
const source = '192.0.2.252';

/**
 * Makes the limit of Sallyport's shape beside a lab's nodes, on their network: pod → bridge → node that translates → VXLAN → gateway
 * that forwards without netfilter state → router → `outside`.
 */
export async function makeStatelessHop(): Promise<void> {
  for (const { name, underlay } of [node, gateway]) {
    await ipBatch(undefined, [
      `netns add ${name}`,
      `link add ${name} type veth peer name eth0 netns ${name}`,
      `link set ${name} master br-default up`,
    ]);
    await setSysctls(name, {
      'net.ipv4.ip_forward': 1,
      'net.ipv4.conf.all.rp_filter': 0,
      'net.ipv4.conf.default.rp_filter': 0,
    });
    await ipBatch(name, [
      'link set lo up',
      `addr add ${underlay}/24 dev eth0`,
      'link set eth0 up',
      'route add default via 192.0.2.1',
    ]);
  }
  await makeTunnel(node, gateway);
  await makeTunnel(gateway, node);
  await makePod();
  // Replies come back to the gateway, which answers for the source and routes it through the tunnel.
  await setSysctls(gateway.name, { 'net.ipv4.conf.eth0.proxy_arp': 1 });
  await ipBatch(gateway.name, [`route add ${source}/32 via ${node.tunnel} dev hop0 onlink`]);
  await loadNft(gateway.name, clampTable);
  await ipBatch(node.name, [
    `rule add pref 100 fwmark ${mark} lookup 1000`,
    `route add default via ${gateway.tunnel} dev hop0 onlink table 1000`,
  ]);
  await loadNft(node.name, `${nodeTable}${clampTable}`);
}

async function makeTunnel(here: typeof node, there: typeof node): Promise<void> {
  await ipBatch(here.name, [
    `link add hop0 address ${here.mac} mtu 1450 type vxlan id 77 dstport 8490 local ${here.underlay} nolearning`,
    `addr add ${here.tunnel}/32 dev hop0`,
    'link set hop0 up',
    `neigh replace ${there.tunnel} lladdr ${there.mac} dev hop0 nud permanent`,
  ]);
  const entry = ['bridge', 'fdb', 'append', there.mac, 'dev', 'hop0', 'dst', there.underlay];
  await tool(inNetns(here.name, entry));
}

async function makePod(): Promise<void> {
  await ipBatch(node.name, [
    'netns add hop-pod',
    'link add cni0 type bridge mcast_snooping 0',
    'addr add 10.245.0.1/24 dev cni0',
    'link set cni0 up',
    'link add veth0 type veth peer name eth0 netns hop-pod',
    'link set veth0 master cni0 up',
  ]);
  await ipBatch('hop-pod', [
    'link set lo up',
    'addr add 10.245.0.2/24 dev eth0',
    'link set eth0 up',
    'route add default via 10.245.0.1',
  ]);
}

const clampTable = `table inet hop-clamp {
  chain forward {
    type filter hook forward priority mangle
    oifname "hop0" tcp flags syn tcp option maxseg size set rt mtu
  }
}
`;

const nodeTable = `table inet hop {
  chain untracked-in {
    type filter hook prerouting priority raw
    udp dport 8490 notrack
  }
  chain untracked-out {
    type filter hook output priority raw
    udp dport 8490 notrack
  }
  chain steer {
    type filter hook prerouting priority mangle
    iifname "cni0" ip daddr != 10.245.0.0/24 meta mark set ${mark}
  }
  chain translate {
    type nat hook postrouting priority srcnat
    oifname "hop0" snat ip to ${source}
  }
}
table netdev hop {
  chain out {
    type filter hook egress device "hop0" priority 0
    meta mark set 0
  }
}
`;
