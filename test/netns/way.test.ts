import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCluster } from '../support/dataplane/cluster.ts';
import { exchange, ping } from '../support/dataplane/exchange.ts';
import { arrivals, counter, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, nodes, outside, owner, standby, third } from '../support/dataplane/places.ts';
import { describeInNamespace } from '../support/netns.ts';

const { ipv4, ipv6 } = gateways.gw;

await describeInNamespace(import.meta.url, 'the way of a packet', () => {
  beforeAll(async () => {
    await startCluster();
  });
  beforeEach(() => forgetArrivals());
  afterAll(() => {
    for (const { name } of nodes)
      for (const guard of ['guard_mark', 'guard_transit', 'slipped', 'refused', 'held', 'unknown_flow'])
        expect(`${name} ${guard} ${counter(name, guard)}`).toBe(`${name} ${guard} 0`);
  });

  describe.each([
    ['a third node', third.name, 40_001],
    ['the owner', owner.name, 40_002],
    ['the standby', standby.name, 40_003],
  ])('from a pod on %s', (_, node, sourcePort) => {
    const pod = `pod-${node}`;

    it.each([
      ['udp', outside.ip, ipv4],
      ['tcp', outside.ip, ipv4],
      ['udp', outside.ip6, ipv6],
      ['tcp', outside.ip6, ipv6],
    ] as const)('%s to %s leaves as %s with its own port', async (protocol, to, source) => {
      const result = await exchange(pod, { protocol, to, sourcePort, count: 5, waitMs: 2_000 });
      expect(result).toEqual({ sent: 5, received: 5, sources: [`${source} ${sourcePort}`], errors: [] });
      expect(Object.keys(arrivals())).toEqual([source]);
    });

    it.each([
      [outside.ip, ipv4],
      [outside.ip6, ipv6],
    ])('an echo request to %s leaves as %s', (to, source) => {
      expect(ping(pod, to)).toMatchObject({ answered: true });
      expect(arrivals()).toEqual({ [source]: 1 });
    });
  });
});
