import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { exchange } from '../support/dataplane/exchange.ts';
import { forge } from '../support/dataplane/forge.ts';
import { addPod, inside } from '../support/dataplane/network.ts';
import { arrivals, counter, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, outside, owner, podPlace, standby, third, tunnelAddress } from '../support/dataplane/places.ts';
import type { ClusterState } from '../support/dataplane/program.ts';
import { describeInNamespace } from '../support/netns.ts';

const { gw } = gateways;
const families = [
  ['IPv4', outside.ip],
  ['IPv6', outside.ip6],
] as const;
const ownIn = (family: 'IPv4' | 'IPv6') => (family === 'IPv4' ? 'ip' : 'ip6');
/** Transit addresses of group 1 on the nodes that have these indexes. */
const transitOf = (family: 'IPv4' | 'IPv6', index: number) =>
  family === 'IPv4' ? `198.18.32.${index}` : `fd5a:11:9f:1::1:${index}`;
// One that nothing selects, beside one that the Gateway does, on two nodes.
const thief = podPlace('thief', third, 1);
const inmate = podPlace('inmate', owner, 1);
const victim = podPlace(third.name, third, 0);
const pod = ({ name }: { readonly name: string }) => `pod-${name}`;

await describeInNamespace(import.meta.url, 'what pods forge', () => {
  let cluster: TestCluster;
  let state: ClusterState;
  beforeAll(async () => {
    cluster = await startCluster();
    for (const one of [thief, inmate]) addPod(one);
    state = { ...cluster.state, pods: [...cluster.state.pods, thief, inmate] };
    await cluster.apply(state);
  });
  beforeEach(() => [outside.name, pod(victim), pod(podPlace(standby.name, standby, 0))].forEach(forgetArrivals));
  /** By how much a counter of a node grows meanwhile. */
  const counted = (node: { readonly name: string }, name: string, action: () => void): number => {
    const before = counter(node.name, name);
    action();
    return counter(node.name, name) - before;
  };

  describe.each([0, 1, 2])('with rp_filter %i', (mode) => {
    beforeAll(() => {
      for (const { name } of [third, owner]) {
        const devices = inside(name)('sh', ['-c', 'ls /proc/sys/net/ipv4/conf']).split('\n');
        const ofPods = devices.filter((device) => device.startsWith('v-'));
        inside(name)('sysctl', [
          '-qw',
          ...['all', ...ofPods].map((device) => `net.ipv4.conf.${device}.rp_filter=${mode}`),
        ]);
      }
    });

    describe.each(families)('%s', (family, to) => {
      it.each([
        ['a transit address', transitOf(family, 1)],
        ["another node's transit address", transitOf(family, 2)],
        ['an egress address', family === 'IPv4' ? gw.ipv4 : gw.ipv6],
        ['a tunnel address', family === 'IPv4' ? tunnelAddress : 'fd5a:11:9f:ffff::1'],
      ])('%s is no source for any pod', (_, source) => {
        for (const [from, node] of [
          [thief, third],
          [inmate, owner],
        ] as const)
          expect(counted(node, 'spoofed_own', () => forge(pod(from), { source, to, port: 8080 }))).toBe(3);
        expect(arrivals()).toEqual({});
      });

      it("another pod's address is no source, not for its flows that are known either", async () => {
        const source = victim[ownIn(family)];
        const flow = { protocol: 'udp', to, sourcePort: 45_001, waitMs: 1_000 } as const;
        expect(await exchange(pod(victim), flow)).toMatchObject({ received: 1 });
        forgetArrivals();
        for (const sourcePort of [45_001, 45_002])
          expect(counted(third, 'spoofed_pod', () => forge(pod(thief), { source, to, port: 8080, sourcePort }))).toBe(
            3,
          );
        expect(arrivals()).toEqual({});
        expect(await exchange(pod(victim), flow)).toMatchObject({ received: 1 });
      });

      it('a transit address is no destination, not for an answer in the name of the outside either', async () => {
        const answered = { protocol: 'udp', to, sourcePort: 45_003, waitMs: 1_000 } as const;
        expect(await exchange(pod(victim), answered)).toMatchObject({ received: 1 });
        forgetArrivals(pod(victim));
        const destination = transitOf(family, 1);
        for (const source of [thief[ownIn(family)], to]) {
          const forgery = { source, to: destination, port: 45_003, sourcePort: 8080 };
          expect(counted(third, 'injected', () => forge(pod(thief), forgery))).toBe(3);
        }
        expect(arrivals(pod(victim))).toEqual({});
      });

      it('an egress address gets no answer in the name of the outside', async () => {
        const answered = { protocol: 'udp', to, sourcePort: 45_004, waitMs: 1_000 } as const;
        expect(await exchange(pod(victim), answered)).toMatchObject({ received: 1 });
        forgetArrivals(pod(victim));
        const forgery = { source: to, to: family === 'IPv4' ? gw.ipv4 : gw.ipv6, port: 45_004, sourcePort: 8080 };
        expect(counted(third, 'injected', () => forge(pod(thief), forgery))).toBe(3);
        expect(counted(owner, 'injected', () => forge(pod(inmate), forgery))).toBe(3);
        expect(arrivals(pod(victim))).toEqual({});
      });
    });
  });

  it('a Service whose endpoint is a transit address leads nowhere', () => {
    const service = `table ip proxy { chain services { type nat hook prerouting priority dstnat; policy accept;
      ip daddr 10.96.0.66 udp dport 80 dnat to ${transitOf('IPv4', 1)}:45006
      }
    }\n`;
    inside(owner.name)('nft', ['-f', '-'], service);
    const forgery = { source: outside.ip, to: '10.96.0.66', port: 80, sourcePort: 8080 };
    expect(counted(owner, 'injected', () => forge(pod(inmate), forgery))).toBe(3);
    inside(owner.name)('nft', ['delete', 'table', 'ip', 'proxy']);
  });

  it("into the flows of the owner's gateway hop goes nothing from a pod", async () => {
    const flow = { protocol: 'udp', to: outside.ip, sourcePort: 45_005, waitMs: 1_000 } as const;
    expect(await exchange(pod(victim), flow)).toMatchObject({ received: 1 });
    forgetArrivals();
    forge(pod(inmate), { source: transitOf('IPv4', 1), to: outside.ip, port: 8080, sourcePort: 45_005 });
    expect(arrivals()).toEqual({});
  });
});
