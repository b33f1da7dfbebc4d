import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCluster } from '../support/dataplane/cluster.ts';
import { exchange, startEchoServer } from '../support/dataplane/exchange.ts';
import { inside } from '../support/dataplane/network.ts';
import { arrivals, counter, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, outside, podPlace, standby, third } from '../support/dataplane/places.ts';
import { describeInNamespace } from '../support/netns.ts';

const pod = podPlace(third.name, third, 0);
const backend = podPlace(standby.name, standby, 0);
const client = `pod-${pod.name}`;

/** What a Service proxy does at its usual priority. */
const proxy = `table ip proxy {
  chain services {
    type nat hook prerouting priority dstnat; policy accept;
    ip daddr 10.96.0.10 meta l4proto { tcp, udp } th dport 80 dnat to ${outside.ip}:8080
    ip daddr 203.0.113.50 meta l4proto { tcp, udp } th dport 80 dnat to ${backend.ip}:8080
    fib daddr type local meta l4proto { tcp, udp } th dport 30080 dnat to ${pod.ip}:8080
  }
}
`;

await describeInNamespace(import.meta.url, 'destinations are judged after destination NAT', () => {
  beforeAll(async () => {
    await startCluster();
    inside(third.name)('nft', ['-f', '-'], proxy);
    await startEchoServer(client, [pod.ip]);
    await startEchoServer(`pod-${backend.name}`, [backend.ip]);
    await startEchoServer(standby.name, [standby.ip]);
  });
  beforeEach(() => [outside.name, client].forEach(forgetArrivals));

  describe.each(['udp', 'tcp'] as const)('%s', (protocol) => {
    const talk = (from: string, to: string, port: number, sourcePort: number) =>
      exchange(from, { protocol, to, port, sourcePort, count: 3, waitMs: 1_000 });

    it('to a Service with an endpoint outside leaves with the egress address', async () => {
      const result = await talk(client, '10.96.0.10', 80, 42_001);
      expect(result).toMatchObject({ received: 3, sources: [`${gateways.gw.ipv4} 42001`] });
      expect(Object.keys(arrivals())).toEqual([gateways.gw.ipv4]);
    });

    it('to an outside address that turns into a pod is not translated', async () => {
      const result = await talk(client, '203.0.113.50', 80, 42_002);
      expect(result).toMatchObject({ received: 3, sources: [`${pod.ip} 42002`] });
    });

    it('from outside to a NodePort is answered by the node, not through a Gateway (trap 11)', async () => {
      const result = await talk(outside.name, third.ip, 30_080, 42_003);
      expect(result).toMatchObject({ received: 3, sources: [`${outside.router} 42003`], errors: [] });
      expect(Object.keys(arrivals())).toEqual([third.ip]);
      expect(counter(third.name, 'slipped')).toBe(0);
    });

    it('to another pod is not translated', async () => {
      const result = await talk(client, backend.ip, 8080, 42_004);
      expect(result).toMatchObject({ received: 3, sources: [`${pod.ip} 42004`] });
    });

    it('to a node is left to the CNI', async () => {
      const result = await talk(client, standby.ip, 8080, 42_005);
      expect(result).toMatchObject({ received: 3, sources: [`${third.ip} 42005`] });
    });
  });
});
