import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCluster } from '../support/dataplane/cluster.ts';
import { exchange, ping } from '../support/dataplane/exchange.ts';
import { inside } from '../support/dataplane/network.ts';
import { arrivals, counter, forgetArrivals, linkStats } from '../support/dataplane/observe.ts';
import { gateways, nodes, outside, owner, standby, third, tunnelAddress } from '../support/dataplane/places.ts';
import { describeInNamespace } from '../support/netns.ts';

// IPv4 alone is counted: the kernel sends MLD reports of its own on every device, whenever it likes.
const foreignMarks = `table inet foreign {
  counter kept { }
  counter outer { }
  counter outer_marked { }
  counter tunnel_out { }
  counter pair_in { }
  counter pair_out { }
  chain enter {
    type filter hook prerouting priority -140; policy accept;
    ct mark set ct mark or 0x00070000
    meta mark set meta mark | 0x00400000
    meta nfproto ipv4 iifname "egl1" counter name pair_in
  }
  chain out {
    type filter hook output priority 0; policy accept;
    udp dport 8479 counter name outer
    udp dport 8479 meta mark & 0x1fff != 0 counter name outer_marked
  }
  chain leave {
    type filter hook postrouting priority 310; policy accept;
    oifname { "egress0", "egl0" } meta mark & 0x00400000 != 0 counter name kept
    meta nfproto ipv4 oifname "egress0" counter name tunnel_out
    meta nfproto ipv4 oifname "egl1" counter name pair_out
  }
}
`;
const foreign = (node: string, name: string) =>
  Number(/packets (\d+)/.exec(inside(node)('nft', ['list', 'counter', 'inet', 'foreign', name]))?.[1]);
const flowMarks = (node: string) =>
  [...inside(node)('conntrack', ['-L', '-p', 'udp', '--dport', '8080']).matchAll(/mark=(\d+)/g)].map(([, mark]) =>
    Number(mark).toString(16),
  );

await describeInNamespace(import.meta.url, 'the tunnel', () => {
  beforeAll(async () => {
    await startCluster();
    for (const { name } of nodes) inside(name)('nft', ['-f', '-'], foreignMarks);
  });
  beforeEach(() => {
    forgetArrivals();
    for (const { name } of nodes) inside(name)('conntrack', ['-F']);
  });
  const talk = (node: string) => exchange(`pod-${node}`, { protocol: 'udp', to: outside.ip, count: 20, waitMs: 2_000 });

  describe.each([third, standby])('trap 2: out of $name', ({ name }) => {
    it('packets carry no mark outside, and are not led into the tunnel again', async () => {
      const failed = () => linkStats(name, 'egress0').failed;
      const before = { failed: failed(), outer: foreign(name, 'outer'), sent: foreign(name, 'tunnel_out') };
      expect(await talk(name)).toMatchObject({ received: 20 });
      expect(foreign(name, 'outer') - before.outer).toBe(20);
      expect(foreign(name, 'outer_marked')).toBe(0);
      expect({ sent: foreign(name, 'tunnel_out'), failed: failed() }).toEqual({
        sent: before.sent + 20,
        failed: before.failed,
      });
    });
  });

  it("what the owner's own pods send comes out of the tunnel again, and through the pair out of its first hop", async () => {
    const counts = () => ['pair_in', 'pair_out', 'tunnel_out'].map((name) => foreign(owner.name, name));
    const before = counts();
    expect(await talk(owner.name)).toMatchObject({ received: 20 });
    expect(counts().map((count, index) => count - (before[index] ?? 0))).toEqual([20, 20, 20]);
  });

  it('its packets have no entries in conntrack, neither where they leave nor where they arrive', async () => {
    await talk(third.name);
    for (const { name } of nodes)
      expect(inside(name)('conntrack', ['-L', '-p', 'udp', '--dport', '8479'])).not.toContain('dport=8479');
  });

  it.each([third, owner])("on $name and at the owner others' mark bits stay as they are", async ({ name }) => {
    const before = foreign(name, 'kept');
    expect(await talk(name)).toEqual({ sent: 20, received: 20, sources: [expect.any(String)], errors: [] });
    expect(foreign(name, 'kept') - before).toBe(20);
    expect(flowMarks(name)).toContain('70201');
    expect(new Set([...flowMarks(name), ...flowMarks(owner.name)])).toEqual(new Set(['70201']));
  });

  it.each([
    ['the tunnel address', tunnelAddress],
    ["the owner's own address", owner.ip],
  ])('a stranger who knows everything does not get in at %s', (_, remote) => {
    const { ipv4 } = gateways.gw;
    const before = { stats: linkStats(owner.name, 'egress0'), dropped: counter(owner.name, 'tunnel_port') };
    inside(outside.name)('ip', ['-batch', '-'], intruder(remote));
    ping(outside.name, '203.0.113.9', ['-I', '198.18.32.1']);
    inside(outside.name)('ip', ['-batch', '-'], 'link del intruder\naddr del 198.18.32.1/32 dev lo\n');
    expect(linkStats(owner.name, 'egress0').received).toBe(before.stats.received);
    expect(counter(owner.name, 'tunnel_port') - before.dropped).toBeGreaterThanOrEqual(1);
    expect(arrivals()[ipv4]).toBeUndefined();
  });
});

/** A device that speaks to the tunnel port as a node would, with the MAC of Gateway 513. */
const intruder = (remote: string) => `
route replace 198.19.255.240/28 dev eth0
link add intruder type vxlan id 4096 dstport 8479 nolearning remote ${remote}
link set intruder addrgenmode none up
addr add 198.18.32.1/32 dev lo
route add 203.0.113.9 dev intruder
neigh add 203.0.113.9 lladdr 02:eb:00:00:02:01 dev intruder
`;
