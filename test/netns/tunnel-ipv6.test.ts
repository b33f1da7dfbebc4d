import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../support/child-process.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { exchange, ping } from '../support/dataplane/exchange.ts';
import { forge, wearing } from '../support/dataplane/forge.ts';
import { startKeepalived, type TestKeepalived } from '../support/dataplane/keepalived.ts';
import { addPod, inside } from '../support/dataplane/network.ts';
import { arrivals, counter, forgetArrivals, linkStats, segmentSizes } from '../support/dataplane/observe.ts';
import {
  gateways,
  nodes,
  outside,
  owner,
  podPlace,
  standby,
  type TestNode,
  third,
  tunnelAddress6,
} from '../support/dataplane/places.ts';
import { advertMilliseconds, type ClusterState } from '../support/dataplane/program.ts';
import { vrrpAdvert } from '../support/dataplane/vrrp-advert.ts';
import { describeInNamespace, tool } from '../support/netns.ts';

// What tunnel, fence and vrrp test over IPv4, where it may differ: NDP for ARP, 20 bytes more, IPv6's own socket and routes.
const { gw } = gateways;
const thief = podPlace('thief', third, 1);
const destinations = [outside.ip, outside.ip6] as const;
const holds = (node: TestNode, address: string) =>
  inside(node.name)('ip', ['-br', 'addr', 'show', 'dev', 'eth0']).includes(` ${address}/`);

/** Counts the tunnel's frames by outer family, and those that still have our mark. */
const outer = `table inet outer {
  counter four { }
  counter six { }
  counter marked { }
  chain out {
    type filter hook output priority 0; policy accept;
    meta l4proto != udp return
    udp dport != 8479 return
    meta nfproto ipv4 counter name four
    meta nfproto ipv6 counter name six
    meta mark & 0x1fff != 0 counter name marked
  }
}
`;
const frames = (node: TestNode, name: string) =>
  Number(/packets (\d+)/.exec(inside(node.name)('nft', ['list', 'counter', 'inet', 'outer', name]))?.[1]);

await describeInNamespace(import.meta.url, 'a tunnel over IPv6', () => {
  let cluster: TestCluster;
  let state: ClusterState;
  let first: TestKeepalived;
  let second: TestKeepalived;
  beforeAll(async () => {
    cluster = await startCluster(() => {}, { tunnel: 'IPv6' });
    addPod(thief);
    state = { ...cluster.state, pods: [...cluster.state.pods, thief] };
    await cluster.apply(state);
    for (const { name } of nodes) inside(name)('nft', ['-f', '-'], outer);
    first = startKeepalived(owner, cluster.agent(owner), state);
    const isOwned = async () => holds(owner, gw.ipv4) && holds(owner, gw.ipv6);
    await waitUntil(isOwned, { what: 'an owner', process: first.process, limit: 20_000 });
    second = startKeepalived(standby, cluster.agent(standby), state);
    const isListening = async () => second.transitions().length > 0;
    await waitUntil(isListening, { what: 'a standby', process: second.process, limit: 20_000 });
  });
  afterAll(async () => {
    await Promise.all([first, second].map(({ process }) => process.end('SIGTERM', 3_000)));
  });
  beforeEach(() => forgetArrivals());
  const talk = (node: TestNode, to: string, count = 20) =>
    exchange(`pod-${node.name}`, { protocol: 'udp', to, count, waitMs: 2_000 });
  const counted = (node: TestNode, name: string, action: () => void): number => {
    const before = counter(node.name, name);
    action();
    return counter(node.name, name) - before;
  };

  it('is what the kernel has after one round: nothing is left to change', async () => {
    await cluster.apply(state);
    for (const node of nodes) {
      const agent = cluster.agent(node);
      agent.kernel.forget('routes');
      agent.kernel.forget('nft');
      expect(await agent.apply(state)).toEqual([]);
    }
    expect(holds(owner, tunnelAddress6)).toBe(true);
  });

  it.each(nodes)('on $name our devices have the underlay less 70 bytes', ({ name }) => {
    const links = JSON.parse(inside(name)('ip', ['-j', 'link'])) as { ifname: string; mtu: number }[];
    expect(links.filter(({ ifname }) => /^eg(ress|l)/.test(ifname)).map(({ mtu }) => mtu)).toEqual([1430, 1430, 1430]);
  });

  describe.each(destinations)('to %s', (to) => {
    const source = to.includes(':') ? gw.ipv6 : gw.ipv4;

    it.each(nodes)('pods of $name leave with the egress address, by frames of IPv6 without our mark', async (node) => {
      const before = frames(node, 'six');
      expect(await talk(node, to)).toMatchObject({ received: 20, errors: [] });
      expect(arrivals()).toEqual({ [source]: 20 });
      // To itself the owner's kernel takes them back before they are packets.
      expect(frames(node, 'six') - before).toBeGreaterThanOrEqual(node === owner ? 0 : 20);
      expect(nodes.map((each) => [frames(each, 'four'), frames(each, 'marked')])).toEqual([
        [0, 0],
        [0, 0],
        [0, 0],
      ]);
    });

    it('segments fit, and what is too big is told the size', async () => {
      const pod = `pod-${third.name}`;
      expect(await exchange(pod, { protocol: 'tcp', to, waitMs: 2_000 })).toMatchObject({ received: 1 });
      expect(segmentSizes(outside.name)).toContain(to.includes(':') ? 1370 : 1390);
      const { text } = ping(pod, to, ['-M', 'do', '-s', to.includes(':') ? '1452' : '1472']);
      expect(text).toMatch(/(Frag needed and DF set|Packet too big).*mtu ?= ?1430/);
    });
  });

  it('its frames have no entries in conntrack', async () => {
    await talk(third, outside.ip6);
    for (const { name } of nodes)
      expect(inside(name)('conntrack', ['-L', '-f', 'ipv6', '-p', 'udp', '--dport', '8479'])).not.toContain('8479');
  });

  describe.each([
    ['the tunnel address', tunnelAddress6],
    ["the owner's own address", owner.ip6],
  ])('what is forged, to %s', (_, to) => {
    it.each([
      ['outside, as itself', 'outside', outside.router6],
      ['a pod, as itself', 'pod-thief', thief.ip6],
      ['a pod, as a candidate', 'pod-thief', standby.ip6],
    ])('from %s is dropped and counted', (__, from, source) => {
      const at = from === 'outside' ? owner : third;
      const before = linkStats(owner.name, 'egress0').received;
      if (from === 'outside') inside(from)('ip', ['-6', 'route', 'replace', tunnelAddress6, 'dev', 'eth0']);
      const dropped = counted(at, 'tunnel_port', () => intrude(from, source, to));
      expect(dropped).toBeGreaterThanOrEqual(1);
      expect(counted(at, 'sync_stranger', () => forge(from, { source, to, port: 8481 }))).toBe(3);
      expect(linkStats(owner.name, 'egress0').received).toBe(before);
      expect(arrivals()).toEqual({});
    });
  });

  it("a stranger's advert does not depose the owner", async () => {
    const advert = {
      ...{ source: outside.router6, destination: owner.ip6, router: 1, priority: 254 },
      ...{ centiseconds: advertMilliseconds / 10, address: tunnelAddress6 },
    };
    const target = `IP6-SENDTO:[${owner.ip6}]:112,bind=[${outside.router6}],ipv6-unicast-hops=255`;
    const dropped = counted(owner, 'vrrp_stranger', () => {
      for (let n = 0; n < 3; n += 1)
        execFileSync('nsenter', ['--net=/run/netns/outside', 'socat', '-u', '-', target], {
          input: vrrpAdvert(advert),
        });
    });
    expect(dropped).toBe(3);
    expect(first.transitions()).toEqual(['BACKUP', 'MASTER']);
  });

  it('to the old owner, who has the address no more, they are still taken', async () => {
    const flow = exchange(`pod-${third.name}`, {
      ...{ protocol: 'udp', to: outside.ip6, count: 300, intervalMs: 5, waitMs: 1_000 },
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    // As if third had not learnt of the move: the standby gets what is the owner's.
    const mac = (JSON.parse(inside(standby.name)('ip', ['-j', 'link', 'show', 'eth0'])) as { address: string }[])[0];
    const received = linkStats(standby.name, 'egress0').received;
    const neighbour = [
      'neigh',
      'replace',
      tunnelAddress6,
      'lladdr',
      mac?.address ?? '',
      'dev',
      'eth0',
      'nud',
      'permanent',
    ];
    inside(third.name)('ip', neighbour);
    await new Promise((resolve) => setTimeout(resolve, 300));
    inside(third.name)('ip', ['neigh', 'del', tunnelAddress6, 'dev', 'eth0']);
    await flow;
    expect(linkStats(standby.name, 'egress0').received).toBeGreaterThan(received);
  });

  it('after a silent crash the standby has the addresses, and both families and the tunnel follow by its announcements', async () => {
    const flows = Promise.all(
      [third, standby].flatMap((node) =>
        destinations.map((to) =>
          exchange(`pod-${node.name}`, { protocol: 'udp', to, count: 400, intervalMs: 10, waitMs: 1_500 }),
        ),
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 800));
    tool('bridge', ['link', 'set', 'dev', `p-${owner.name}`, 'state', '0']);
    const moved = async () => holds(standby, gw.ipv4) && holds(standby, tunnelAddress6);
    await waitUntil(moved, { what: 'the standby as owner', process: second.process, limit: 10_000 });
    for (const { sent, received } of await flows) {
      expect(sent).toBe(400);
      // Three adverts of 300 ms and a skew, at 10 ms each.
      expect(received).toBeGreaterThan(80);
    }
    expect(Object.keys(arrivals()).toSorted()).toEqual([gw.ipv4, gw.ipv6]);
  });
});

/** Sends a frame of the tunnel as a node would, with the MAC of Gateway 513. */
function intrude(from: string, source: string, remote: string): void {
  const secret = '2001:db8:99::9';
  const batch = (lines: readonly string[]) => inside(from)('ip', ['-6', '-batch', '-'], `${lines.join('\n')}\n`);
  wearing(from, source, () => {
    batch([
      `link add intruder type vxlan id 4096 dstport 8479 nolearning local ${source} remote ${remote}`,
      'link set intruder addrgenmode none up',
      'addr add fd5a:11:9f:1::1:1/128 dev lo nodad',
      `route add ${secret} dev intruder`,
      `neigh add ${secret} lladdr 02:eb:00:00:02:01 dev intruder`,
    ]);
    ping(from, secret, ['-I', 'fd5a:11:9f:1::1:1']);
    batch(['link del intruder', 'addr del fd5a:11:9f:1::1:1/128 dev lo']);
  });
}
