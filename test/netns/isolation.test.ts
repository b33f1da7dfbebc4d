import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endFlows } from '../../src/agent/end-flows.ts';
import { waitUntil } from '../support/child-process.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { type Exchange, exchange, ping, startEchoServer } from '../support/dataplane/exchange.ts';
import { forge } from '../support/dataplane/forge.ts';
import { addMasquerade, addPod, inside } from '../support/dataplane/network.ts';
import { arrivals, counter, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, outside, owner, podPlace, standby, third } from '../support/dataplane/places.ts';
import type { ClusterState } from '../support/dataplane/program.ts';
import { describeInNamespace } from '../support/netns.ts';

const { gw } = gateways;
const families = [
  ['IPv4', outside.ip, gw.ipv4],
  ['IPv6', outside.ip6, gw.ipv6],
] as const;
/** In the isolated namespace without a route, in another one without, and in the isolated one with a route to half of the outside. */
const [lone, free, routed] = ['lone', 'free', 'routed'].map((name, n) => podPlace(name, third, n + 1));
const mate = podPlace(standby.name, standby, 0);
const pod = (one: { readonly name: string } | undefined) => `pod-${one?.name}`;
/** Outside, but on no way of the route. */
const elsewhere = { IPv4: '203.0.113.5', IPv6: '2001:db8:99::5' } as const;
const local = '169.254.20.10';

await describeInNamespace(import.meta.url, 'an isolated namespace', () => {
  let cluster: TestCluster;
  let open: ClusterState;
  let isolated: ClusterState;
  beforeAll(async () => {
    cluster = await startCluster();
    if (lone === undefined || free === undefined || routed === undefined) throw new Error('no pods');
    for (const one of [lone, free, routed]) addPod(one);
    const destinations = [{ cidr: '198.51.100.0/24' }, { cidr: '2001:db8:51::/64' }];
    open = {
      ...cluster.state,
      pods: [...cluster.state.pods, lone, { ...free, namespace: 'free' }, { ...routed, gateway: 'half' }],
      rules: {
        ...cluster.state.rules,
        gw: [...(cluster.state.rules['gw'] ?? []), { podSelector: { matchLabels: { gateway: 'half' } }, destinations }],
      },
    };
    isolated = { ...open, isolated: ['shop'] };
    for (const [address, length] of [
      [elsewhere.IPv4, 32],
      [elsewhere.IPv6, 128],
    ])
      inside(outside.name)('ip', ['addr', 'add', `${address}/${length}`, 'dev', 'lo']);
    await startEchoServer(outside.name, [elsewhere.IPv4, elsewhere.IPv6]);
    inside(third.name)('ip', ['addr', 'add', `${local}/32`, 'dev', 'lo']);
    await startEchoServer(third.name, [local, third.ip]);
    await startEchoServer(pod(mate), [mate.ip, mate.ip6]);
    if (lone !== undefined) await startEchoServer(pod(lone), [lone.ip, lone.ip6]);
  });
  beforeEach(async () => {
    await cluster.apply(isolated);
    [outside.name, pod(lone)].forEach(forgetArrivals);
  });
  const talk = (from: string, to: string, more: Partial<Parameters<typeof exchange>[1]> = {}) =>
    exchange(from, { protocol: 'udp', to, count: 3, waitMs: 500, ...more });
  const counted = async (name: string, action: () => Promise<unknown>): Promise<number> => {
    const before = counter(third.name, name);
    await action();
    return counter(third.name, name) - before;
  };

  describe.each(families)('%s', (family, to, source) => {
    it('nothing leaves but through a route, and each packet counts', async () => {
      const tries = async () => {
        for (const protocol of ['udp', 'tcp'] as const)
          expect(await talk(pod(lone), to, { protocol })).toMatchObject({ received: 0, errors: [] });
        expect(ping(pod(lone), to)).toMatchObject({ answered: false });
      };
      expect(await counted('isolated', tries)).toBeGreaterThanOrEqual(5);
      expect(arrivals()).toEqual({});
    });

    it('what a route takes leaves by it, and what it does not take not at all', async () => {
      expect(await talk(pod(routed), to)).toMatchObject({ received: 3 });
      expect(arrivals()).toEqual({ [source]: 3 });
      expect(await counted('isolated', () => talk(pod(routed), elsewhere[family]))).toBe(3);
      expect(arrivals()).toEqual({ [source]: 3 });
    });

    it('other namespaces of the node are not concerned', async () => {
      expect(await talk(pod(free), to)).toMatchObject({ received: 3 });
      expect(Object.keys(arrivals())).toEqual([family === 'IPv4' ? third.ip : third.ip6]);
    });

    it('pods of the cluster are reached', async () => {
      const own = family === 'IPv4' ? lone?.ip : lone?.ip6;
      const result = await talk(pod(lone), family === 'IPv4' ? mate.ip : mate.ip6, { sourcePort: 46_001 });
      expect(result).toMatchObject({ received: 3, sources: [`${own} 46001`] });
    });

    it("an address that no pod has is no way out, nor another pod's", async () => {
      inside(third.name)('sh', [
        '-c',
        'for f in /proc/sys/net/ipv4/conf/v-*/rp_filter /proc/sys/net/ipv4/conf/all/rp_filter; do echo 0 >$f; done',
      ]);
      const sources =
        family === 'IPv4' ? ['10.99.0.7', mate.ip, '192.0.2.99'] : ['2001:db8:77::7', mate.ip6, '2001:db8:2::99'];
      for (const stray of sources)
        expect(await counted('spoofed_pod', async () => forge(pod(lone), { source: stray, to, port: 8080 }))).toBe(3);
      expect(arrivals()).toEqual({});
    });
  });

  it('nodes, and what is on the node itself, are reached', async () => {
    for (const to of [third.ip, local]) expect(await talk(pod(lone), to)).toMatchObject({ received: 3 });
  });

  it('a Service is where its endpoint is', async () => {
    const proxy = `table ip proxy { chain services { type nat hook prerouting priority dstnat; policy accept;
      ip daddr 10.96.0.10 udp dport 80 dnat to ${outside.ip}:8080
      ip daddr 203.0.113.50 udp dport 80 dnat to ${mate.ip}:8080
      fib daddr type local meta l4proto { tcp, udp } th dport 30080 dnat to ${lone?.ip}:8080
      }
    }\n`;
    inside(third.name)('nft', ['-f', '-'], proxy);
    try {
      expect(await talk(pod(lone), '10.96.0.10', { port: 80 })).toMatchObject({ received: 0 });
      expect(await talk(pod(lone), '203.0.113.50', { port: 80 })).toMatchObject({ received: 3 });
      expect(await talk(pod(routed), '10.96.0.10', { port: 80, sourcePort: 46_002 })).toMatchObject({
        sources: [`${gw.ipv4} 46002`],
      });
      // Answers to what came in by a NodePort.
      for (const protocol of ['udp', 'tcp'] as const)
        expect(await talk(outside.name, third.ip, { port: 30_080, protocol })).toMatchObject({
          received: 3,
          errors: [],
        });
    } finally {
      inside(third.name)('nft', ['delete', 'table', 'ip', 'proxy']);
    }
  });

  describe.each([
    ['masquerades', 46_010],
    ['routes', 46_011],
  ] as const)('where the CNI %s', (mode, port) => {
    beforeAll(() => {
      if (mode === 'routes') inside(third.name)('nft', ['delete', 'table', 'ip', 'cni']);
      return () => {
        if (mode === 'routes') addMasquerade(third.name);
      };
    });
    beforeEach(async () => await cluster.apply(open));
    const apply = async (state: ClusterState) => {
      await cluster.apply(state);
      const { conntrack, select } = cluster.agent(third);
      await endFlows(conntrack, select(state));
    };
    /** A flow that speaks every 5 ms for three seconds, while `change` is made in its middle. */
    const during = async (protocol: 'udp' | 'tcp', from: string, change: () => Promise<unknown>): Promise<Exchange> => {
      const flow = exchange(from, { protocol, to: outside.ip, count: 600, intervalMs: 5, waitMs: 600 });
      await waitUntil(async () => (Object.values(arrivals())[0] ?? 0) > 20, { what: 'a flow', limit: 10_000 });
      await change();
      return await flow;
    };

    it.each(['udp', 'tcp'] as const)(
      'a %s flow without a route ends with the isolation, both ways',
      async (protocol) => {
        const { received, errors } = await during(protocol, pod(lone), async () => {
          const begun = performance.now();
          await apply(isolated);
          forgetArrivals(pod(lone));
          forgetArrivals();
          expect(performance.now() - begun).toBeLessThan(1_000);
          await new Promise((resolve) => setTimeout(resolve, 700));
          expect(arrivals()).toEqual({});
        });
        expect(received).toBeLessThan(600);
        expect(errors).toEqual([]);
      },
    );

    it('what the outside goes on sending into such a flow is no way for answers', async () => {
      // The server speaks alone, as one does that streams.
      forge(pod(lone), { source: lone?.ip ?? '', to: outside.ip, port: 9_999, sourcePort: port });
      expect(Object.values(arrivals())).toEqual([3]);
      await apply(isolated);
      forgetArrivals(pod(lone));
      const host = mode === 'routes' ? (lone?.ip ?? '') : third.ip;
      const dropped = await counted('isolated', async () =>
        forge(outside.name, { source: outside.ip, to: host, port, sourcePort: 9_999 }),
      );
      expect(dropped).toBe(3);
      expect(arrivals(pod(lone))).toEqual({});
    });

    it.each(['udp', 'tcp'] as const)(
      'a %s flow goes on when the isolation ends, and one through a route never notices',
      async (protocol) => {
        const [paused, kept] = await Promise.all([
          during(protocol, pod(lone), async () => {
            await apply(isolated);
            await new Promise((resolve) => setTimeout(resolve, 300));
            await apply(open);
          }),
          exchange(pod(routed), { protocol, to: outside.ip, count: 600, intervalMs: 5, waitMs: 600 }),
        ]);
        expect(kept).toMatchObject({ sent: 600, received: 600, errors: [] });
        expect(kept.sources).toHaveLength(1);
        expect(kept.sources[0]).toContain(gw.ipv4);
        expect(paused.sources).toHaveLength(1);
        expect(paused.received).toBeGreaterThan(200);
        if (protocol === 'tcp') expect(paused).toMatchObject({ received: 600, errors: [] });
      },
    );

    it('a flow that came in from outside goes on', async () => {
      const inward = exchange(outside.name, {
        protocol: 'tcp',
        to: lone?.ip ?? '',
        count: 400,
        intervalMs: 5,
        waitMs: 600,
      });
      await new Promise((resolve) => setTimeout(resolve, 600));
      await apply(isolated);
      expect(await inward).toMatchObject({ sent: 400, received: 400, errors: [] });
      expect(await talk(outside.name, lone?.ip ?? '')).toMatchObject({ received: 3 });
    });
  });

  describe('beside what a CNI makes of NetworkPolicies', () => {
    const policy = (rules: string) =>
      inside(third.name)(
        'nft',
        ['-f', '-'],
        `table inet netpol
delete table inet netpol
table inet netpol { chain forward { type filter hook forward priority filter; policy accept;
${rules}
}
}\n`,
      );
    afterEach(() => void inside(third.name)('nft', ['delete', 'table', 'inet', 'netpol']));
    const judged = (ip: string | undefined, allowed: string) => `ct state established,related accept
ip saddr ${ip} ip daddr { ${allowed} } accept
ip saddr ${ip} counter drop`;

    it('both hold: what the policy allows and no route takes, what a route takes and the policy forbids', async () => {
      policy(judged(lone?.ip, '0.0.0.0/0'));
      expect(await talk(pod(lone), outside.ip)).toMatchObject({ received: 0 });
      policy(judged(routed?.ip, mate.ip));
      expect(await talk(pod(routed), outside.ip)).toMatchObject({ received: 0 });
      expect(arrivals()).toEqual({});
      expect(inside(third.name)('nft', ['list', 'table', 'inet', 'netpol'])).toContain('packets 3 ');
    });

    it('neither breaks the other: what both allow', async () => {
      policy(judged(routed?.ip, `${outside.ip}, ${mate.ip}`));
      for (const protocol of ['udp', 'tcp'] as const)
        expect(await talk(pod(routed), outside.ip, { protocol })).toMatchObject({ received: 3, errors: [] });
      expect(await talk(pod(routed), mate.ip)).toMatchObject({ received: 3 });
      expect(Object.keys(arrivals())).toEqual([gw.ipv4]);
    });
  });

  it('of the owner and its own pods is as isolated', async () => {
    const away: ClusterState = { ...isolated, placed: ['gx'] };
    await cluster.apply(away);
    const before = counter(owner.name, 'refused');
    // Its route leads to a Gateway that is not programmed: refused, as ever, not isolated.
    expect(await talk(pod(owner), outside.ip)).toMatchObject({ received: 0 });
    expect(counter(owner.name, 'refused') - before).toBe(3);
    expect(arrivals()).toEqual({});
  });
});
