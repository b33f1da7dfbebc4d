import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { exchange, ping } from '../support/dataplane/exchange.ts';
import { addPod, inside } from '../support/dataplane/network.ts';
import { arrivals, counter, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, outside, owner, podPlace, standby, third } from '../support/dataplane/places.ts';
import { describeInNamespace } from '../support/netns.ts';

const families = [
  ['IPv4', outside.ip],
  ['IPv6', outside.ip6],
] as const;
// What would go through the tunnel to that address, whatever else the kernel sends there for itself (MLD).
const countTunnelled = (family: string, to: string) => `add table inet tunnelled
delete table inet tunnelled
table inet tunnelled {
  counter seen { }
  chain leave {
    type filter hook postrouting priority 310; policy accept;
    oifname { "egress0", "egl0" } ${family === '4' ? 'ip' : 'ip6'} daddr ${to} counter name seen
  }
}
`;
const mate = podPlace('mate', third, 1);
const stranger = podPlace('stranger', third, 2);

await describeInNamespace(import.meta.url, 'guards', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
    addPod(mate);
    addPod(stranger);
  });
  beforeEach(() => forgetArrivals());
  afterEach(async () => await cluster.heal());
  const talk = (pod: string, to: string) => exchange(pod, { protocol: 'udp', to, count: 3, waitMs: 300 });
  const nft = (node: string, command: string) => inside(node)('nft', command.split(' '));
  const ip = (node: string, command: string) => inside(node)('ip', command.split(' '));

  /** The chain that the Pod of the third node follows. */
  const profileOf = (f: string): string => {
    const pods = inside(third.name)('nft', ['list', 'map', 'inet', 'sallyport', `pods${f}`]);
    return new RegExp(`profile${f}_\\w+`).exec(pods)?.[0] ?? 'none';
  };

  /** The map that the one decision by ports asks; the probe's has a name of its own. */
  const portsOf = (): string => {
    const maps = inside(third.name)('nft', ['list', 'maps']);
    return /ports_[0-9a-f]{12}/.exec(maps)?.[0] ?? 'none';
  };

  it('an answer whose way back is gone does not wander off', async () => {
    ip(owner.name, '-6 route del fd5a:11:9f:1::1:1');
    expect(await talk('pod-node-1', outside.ip6)).toMatchObject({ received: 0, errors: [] });
    expect(arrivals()).toEqual({ [gateways.gw.ipv6]: 3 });
  });

  it.each(['ipv4', 'ipv6'] as const)(
    'no flow remains where a packet to an %s egress address passes by',
    async (family) => {
      const egress = gateways.gw[family];
      const [{ address: mac = '' } = {}] = JSON.parse(inside(standby.name)('ip', ['-j', 'link', 'show', 'eth0'])) as {
        address?: string;
      }[];
      const before = counter(standby.name, 'unknown_flow');
      ip(outside.name, `neigh replace ${egress} lladdr ${mac} dev eth0 nud permanent`);
      await talk(outside.name, egress);
      ip(outside.name, `neigh del ${egress} dev eth0`);
      expect(counter(standby.name, 'unknown_flow') - before).toBe(3);
      const flows = await cluster.agent(standby).conntrack.list();
      expect(flows.filter(({ destination }) => destination === egress)).toEqual([]);
    },
  );

  describe.each(families)('%s', (family, to) => {
    const f = family === 'IPv4' ? '4' : '6';

    it('a packet whose source is still a transit address never leaves the owner', async () => {
      const before = counter(owner.name, 'guard_transit');
      nft(owner.name, `delete element inet sallyport egress${f} { 513 }`);
      for (const node of [third, owner]) expect(await talk(`pod-${node.name}`, to)).toMatchObject({ received: 0 });
      expect(arrivals()).toEqual({});
      expect(counter(owner.name, 'guard_transit') - before).toBe(6);
    });

    it('a packet with our mark never leaves by another device', async () => {
      ip(third.name, `-${f} rule del priority 100`);
      const before = counter(third.name, 'guard_mark');
      expect(await talk('pod-node-1', to)).toMatchObject({ received: 0 });
      expect(arrivals()).toEqual({});
      expect(counter(third.name, 'guard_mark') - before).toBe(3);
    });

    it.each([
      ['the tunnel is down', third, 'link set egress0 down'],
      ['the tunnel is gone', third, 'link del egress0'],
      ["the owner's pair is gone", owner, 'link del egl0'],
    ])('nothing falls through to another table when %s', async (_, node, sabotage) => {
      const before = counter(node.name, 'guard_mark');
      ip(node.name, sabotage);
      // What came out of the tunnel again has no way on, and is dropped there without a word.
      expect(ping(`pod-${node.name}`, to).text).toMatch(node === owner ? /100% packet loss/ : /Unreachable|No route/);
      expect(arrivals()).toEqual({});
      expect(counter(node.name, 'guard_mark')).toBe(before);
    });

    it('what comes to an egress address without a flow gets no answer at all', async () => {
      const egress = gateways.gw[`ipv${f}`];
      const before = counter(owner.name, 'unknown_flow');
      expect(await exchange(outside.name, { protocol: 'udp', to: egress })).toMatchObject({ errors: [] });
      expect(await exchange(outside.name, { protocol: 'tcp', to: egress })).toMatchObject({ errors: [] });
      expect(ping(outside.name, egress)).toMatchObject({ answered: false });
      expect(arrivals()).toEqual({});
      expect(counter(owner.name, 'unknown_flow') - before).toBeGreaterThanOrEqual(3);
    });

    it.each([third, owner])('a pod of $name that sends to an egress address is not translated', async ({ name }) => {
      const to = gateways.gx[`ipv${f}`];
      const before = counter(name, 'unknown_flow');
      inside(name)('nft', ['-f', '-'], countTunnelled(f, to));
      const result = await talk(`pod-${name}`, to);
      expect(result).toMatchObject({ received: 0, errors: [] });
      expect(counter(name, 'unknown_flow') - before).toBe(3);
      expect(inside(name)('nft', ['list', 'counter', 'inet', 'tunnelled', 'seen'])).toContain('packets 0 ');
    });

    it('a Gateway without a placement refuses its pods and touches no other', async () => {
      const pods = [...cluster.state.pods, { ...mate, gateway: 'gx' }];
      await cluster.apply({ ...cluster.state, pods, placed: ['gx'] });
      const before = counter(third.name, 'refused');
      expect(await talk('pod-node-1', to)).toMatchObject({ received: 0, errors: [] });
      expect(arrivals()).toEqual({});
      expect(counter(third.name, 'refused') - before).toBe(3);
      expect(await talk('pod-mate', to)).toMatchObject({ received: 3 });
      expect(Object.keys(arrivals())).toEqual([gateways.gx[`ipv${f}`]]);
    });

    it('a new pod waits until it was judged', async () => {
      const before = counter(third.name, 'held');
      expect(await talk('pod-stranger', to)).toMatchObject({ received: 0, errors: [] });
      expect(arrivals()).toEqual({});
      expect(counter(third.name, 'held') - before).toBe(3);
      await cluster.apply({ ...cluster.state, pods: [...cluster.state.pods, stranger] });
      expect(await talk('pod-stranger', to)).toMatchObject({ received: 3 });
      expect(Object.keys(arrivals())).toEqual([f === '4' ? third.ip : third.ip6]);
    });

    // What a packet may see that passes while the kernel changes from one plan to the next.
    it.each([
      ['who it is', (address: string) => `delete element inet sallyport pods${f} { ${address} }`],
      ['what it may do', () => `flush chain inet sallyport ${profileOf(f)}`],
      ['whose address it leaves with', () => 'flush chain inet sallyport id_513'],
    ])('a Pod that is judged waits while the kernel does not know %s', async (_, sabotage) => {
      const before = counter(third.name, 'held');
      nft(third.name, sabotage(f === '4' ? '10.244.1.10' : 'fd00:10:244:1::10'));
      expect(await talk('pod-node-1', to)).toMatchObject({ received: 0, errors: [] });
      expect(arrivals()).toEqual({});
      expect(counter(third.name, 'held') - before).toBe(3);
    });

    // Not even by rules that leave the rest of the world alone: a look-up that finds nothing is not one that nobody decided.
    it.each([
      ['destinations', () => `flush map inet sallyport destinations${f}_${profileOf(f).slice(9)}`],
      ['ports', () => `flush map inet sallyport ${portsOf()}`],
    ])('a Pod that is judged waits while the kernel does not know which %s its rules name', async (_, sabotage) => {
      const others = Array.from({ length: 9 }, (_, n) => [
        { cidr: `203.0.113.${2 * n}/32` },
        { cidr: `2001:db8:113::${2 * n}/128` },
      ]);
      const gw = [
        {
          podSelector: { matchLabels: { gateway: 'gw' } },
          destinations: [{ cidr: `${outside.ip}/32` }, { cidr: `${outside.ip6}/128` }, ...others.flat()],
          ports: [{ protocol: 'UDP', port: 8080 }],
        },
      ] as const;
      await cluster.apply({ ...cluster.state, rules: { ...cluster.state.rules, gw } });
      expect(await talk('pod-node-1', to)).toMatchObject({ received: 3 });
      expect(Object.keys(arrivals())).toEqual([f === '4' ? gateways.gw.ipv4 : gateways.gw.ipv6]);
      forgetArrivals();
      const before = counter(third.name, 'held');
      nft(third.name, sabotage());
      expect(await talk('pod-node-1', to)).toMatchObject({ received: 0, errors: [] });
      expect(arrivals()).toEqual({});
      expect(counter(third.name, 'held') - before).toBe(3);
    });

    it('nothing more leaves from an address whose sandbox ended, not by a flow that was judged either', async () => {
      await cluster.apply({ ...cluster.state, pods: [...cluster.state.pods, mate] });
      const flow = { protocol: 'udp', to, sourcePort: 5555, count: 3, waitMs: 300 } as const;
      expect(await exchange('pod-mate', flow)).toMatchObject({ received: 3 });
      const before = counter(third.name, 'held');
      forgetArrivals();
      nft(third.name, `add element inet sallyport ended${f} { ${f === '4' ? mate.ip : mate.ip6} }`);
      expect(await exchange('pod-mate', flow)).toMatchObject({ received: 0, errors: [] });
      expect(await talk('pod-mate', to)).toMatchObject({ received: 0, errors: [] });
      expect(arrivals()).toEqual({});
      expect(counter(third.name, 'held') - before).toBe(6);
      // The agent lets it go; no plan ever does, nor minds.
      await cluster.apply(cluster.state);
      expect(await exchange('pod-mate', flow)).toMatchObject({ received: 0 });
      nft(third.name, `flush set inet sallyport ended${f}`);
      // Nobody's now: the flow is its former holder's.
      expect(await exchange('pod-mate', flow)).toMatchObject({ received: 0 });
      await cluster.apply({ ...cluster.state, pods: [...cluster.state.pods, mate] });
      expect(await exchange('pod-mate', flow)).toMatchObject({ received: 3 });
    });
  });
});
