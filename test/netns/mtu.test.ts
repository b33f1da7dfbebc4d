import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCluster } from '../support/dataplane/cluster.ts';
import { exchange, ping } from '../support/dataplane/exchange.ts';
import { inside } from '../support/dataplane/network.ts';
import { arrivals, forgetArrivals, ipCounter, segmentSizes } from '../support/dataplane/observe.ts';
import { nodes, outside, owner, podPlace, third } from '../support/dataplane/places.ts';
import { describeInNamespace } from '../support/netns.ts';

await describeInNamespace(import.meta.url, 'trap 1: the MTU of the tunnel', () => {
  beforeAll(async () => {
    await startCluster();
  });

  it.each(nodes)('on $name every device of ours has the underlay less 50 bytes', ({ name }) => {
    const links = JSON.parse(inside(name)('ip', ['-j', 'link'])) as { ifname: string; mtu: number }[];
    const ours = links.filter(({ ifname }) => /^eg(ress|l)/.test(ifname));
    expect(ours.map(({ ifname, mtu }) => `${ifname} ${mtu}`).sort()).toEqual([
      'egl0 1450',
      'egl1 1450',
      'egress0 1450',
    ]);
  });

  describe.each([
    [third, outside.ip, 1410],
    [owner, outside.ip, 1410],
    [third, outside.ip6, 1390],
    [owner, outside.ip6, 1390],
  ])('$name to %s', ({ name }, to, segment) => {
    const pod = `pod-${name}`;
    beforeEach(() => [outside.name, pod].forEach(forgetArrivals));

    it('both SYNs offer segments that fit into the tunnel', async () => {
      expect(await exchange(pod, { protocol: 'tcp', to, waitMs: 2_000 })).toMatchObject({ received: 1 });
      expect(segmentSizes(outside.name)).toEqual([segment]);
      expect(segmentSizes(pod)).toEqual([segment]);
    });

    it('4 MiB there and back make no fragment on the underlay', async () => {
      const fragments = () =>
        nodes.map((node) => ipCounter(node.name, 'FragCreates') + ipCounter(node.name, 'ReasmReqds'));
      const before = fragments();
      const size = 4 << 20;
      expect(await exchange(pod, { protocol: 'bulk', to, size })).toMatchObject({ received: size, errors: [] });
      expect(fragments()).toEqual(before);
    });

    it('a packet that is too big and must not be fragmented is answered with the MTU', () => {
      const tooBig = to.includes(':') ? '1452' : '1472';
      const { text } = ping(pod, to, ['-M', 'do', '-s', tooBig]);
      expect(text).toMatch(/(Frag needed and DF set|Packet too big).*mtu ?= ?1450/);
      expect(arrivals()).toEqual({});
    });

    it('so datagrams get through in pieces once the pod knows', async () => {
      inside(pod)('ip', [to.includes(':') ? '-6' : '-4', 'route', 'flush', 'cache']);
      const result = await exchange(pod, { protocol: 'udp', to, size: 1472, count: 4, intervalMs: 50 });
      expect(result).toMatchObject({ sent: 4, received: 3 });
    });
  });

  it('the node still reaches its pods over IPv6 with its own address', () => {
    const pod = podPlace(third.name, third, 0);
    forgetArrivals('pod-node-1');
    expect(ping(third.name, pod.ip6)).toMatchObject({ answered: true });
    expect(arrivals('pod-node-1')).toEqual({ [third.ip6]: 1 });
  });
});
