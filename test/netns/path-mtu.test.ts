import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCluster } from '../support/dataplane/cluster.ts';
import { exchange, ping, startEchoServer } from '../support/dataplane/exchange.ts';
import { inside, watchArrivals } from '../support/dataplane/network.ts';
import { arrivals, counter, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, nodes, outside, owner, third } from '../support/dataplane/places.ts';
import { addNamespace, describeInNamespace, tool } from '../support/netns.ts';

// A hop outside takes less than everything before it, and says so to the egress address: to the Pod it must come (RFC 1191, RFC 8201).
const far = { ip: '203.0.113.77', ip6: '2001:db8:77::77' } as const;
const mtu = 1_300;
const { gw } = gateways;

/** Behind the router, which sends by a link of 1,300 bytes; the answers' link has 1,500, so that no segment size tells of it. */
function addFar(): void {
  addNamespace('far');
  tool('ip', ['link', 'add', 'small', 'netns', outside.name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', 'far']);
  inside(outside.name)('sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
  const batch = (where: string, lines: readonly string[]) =>
    inside(where)('ip', ['-batch', '-'], `${lines.join('\n')}\n`);
  batch(outside.name, [
    `link set small mtu ${mtu} up`,
    'addr add 203.0.113.1/24 dev small',
    'addr add 2001:db8:77::1/64 dev small nodad',
  ]);
  batch('far', [
    'link set eth0 up',
    `addr add ${far.ip}/24 dev eth0`,
    `addr add ${far.ip6}/64 dev eth0 nodad`,
    'route add default via 203.0.113.1',
    'route add ::/0 via 2001:db8:77::1',
  ]);
  watchArrivals('far');
}

await describeInNamespace(import.meta.url, 'a hop outside with a smaller MTU', () => {
  beforeAll(async () => {
    await startCluster();
    addFar();
    await startEchoServer('far', [far.ip, far.ip6]);
  });
  beforeEach(() => {
    forgetArrivals('far');
    for (const { name } of nodes) {
      for (const family of ['-4', '-6']) inside(`pod-${name}`)('ip', [family, 'route', 'flush', 'cache']);
    }
  });

  describe.each([
    [third, far.ip],
    [owner, far.ip],
    [third, far.ip6],
    [owner, far.ip6],
  ])('a pod of $name to %s', ({ name }, to) => {
    const pod = `pod-${name}`;
    const source = to.includes(':') ? gw.ipv6 : gw.ipv4;

    it('is told the size of that hop', () => {
      // 1,400 bytes: the tunnel takes them.
      const size = to.includes(':') ? '1352' : '1372';
      const { text } = ping(pod, to, ['-M', 'do', '-s', size]);
      expect(text).toMatch(/(Frag needed and DF set|Packet too big).*mtu ?= ?1300/);
      expect(inside(pod)('ip', ['route', 'get', to])).toContain('mtu 1300');
      // Nothing remains of it: the next packet is as large as that hop takes.
      expect(ping(pod, to, ['-M', 'do', '-s', to.includes(':') ? '1252' : '1272'])).toMatchObject({ answered: true });
      expect(Object.keys(arrivals('far'))).toEqual([source]);
    });

    it('sends 1 MiB by TCP there and back, whose first segments were too large', async () => {
      const size = 1 << 20;
      expect(await exchange(pod, { protocol: 'bulk', to, size, waitMs: 15_000 })).toMatchObject({
        received: size,
        errors: [],
      });
      expect(inside(pod)('ip', ['route', 'get', to])).toContain('mtu 1300');
      expect(Object.keys(arrivals('far'))).toEqual([source]);
    });

    it('sends large datagrams in pieces once it knows', async () => {
      const result = await exchange(pod, { protocol: 'udp', to, size: 1_380, count: 4, intervalMs: 50, waitMs: 1_000 });
      expect(result).toMatchObject({ sent: 4, received: 3 });
    });
  });

  it('what outside says of flows that are not ours does not reach the owner: it is dropped and counted', () => {
    const before = counter(owner.name, 'unknown_flow');
    // To the egress address, of nobody's flow.
    ping('far', gw.ipv4);
    expect(counter(owner.name, 'unknown_flow')).toBeGreaterThan(before);
  });
});
