import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCluster } from '../support/dataplane/cluster.ts';
import { exchange, startEchoServer } from '../support/dataplane/exchange.ts';
import { type ProxyTarget, renderProxyIptables, renderProxyNft } from '../support/dataplane/kube-proxy.ts';
import { inside } from '../support/dataplane/network.ts';
import { arrivals, counter, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, outside, podPlace, standby, third } from '../support/dataplane/places.ts';
import { describeInNamespace } from '../support/netns.ts';

const pod = podPlace(third.name, third, 0);
const backend = podPlace(standby.name, standby, 0);
const client = `pod-${pod.name}`;

const services: readonly ProxyTarget[] = [
  { address: '10.96.0.10', port: 80, endpoint: `${outside.ip}:8080` },
  { address: '203.0.113.50', port: 80, endpoint: `${backend.ip}:8080` },
  // externalTrafficPolicy Local, then Cluster; a load balancer sends to the node with the address that it has outside.
  { port: 30_080, endpoint: `${pod.ip}:8080` },
  { port: 30_081, endpoint: `${backend.ip}:8080`, masquerade: true },
  { address: '203.0.113.60', port: 80, endpoint: `${pod.ip}:8080` },
  { address: '203.0.113.61', port: 80, endpoint: `${backend.ip}:8080`, masquerade: true },
];
const node = inside(third.name);
const modes = {
  iptables: {
    load: () => node('iptables-nft-restore', ['--noflush'], renderProxyIptables(services)),
    unload: () => ['nat', 'filter'].map((table) => node('nft', ['delete', 'table', 'ip', table])),
  },
  nftables: {
    load: () => node('nft', ['-f', '-'], renderProxyNft(services)),
    unload: () => node('nft', ['delete', 'table', 'ip', 'kube-proxy']),
  },
};

/** A cache of DNS answers on the node, as NodeLocal DNSCache sets it up: a link-local address, and nothing of it tracked. */
const dns = '169.254.20.10';
const untracked = `table ip nodelocaldns {
  chain arrives {
    type filter hook prerouting priority raw; policy accept;
    ip daddr ${dns} meta l4proto { tcp, udp } th dport 8080 notrack
  }
  chain leaves {
    type filter hook output priority raw; policy accept;
    ip saddr ${dns} meta l4proto { tcp, udp } th sport 8080 notrack
  }
}
`;

let lastPort = 42_000;

await describeInNamespace(import.meta.url, 'destinations are judged after destination NAT', () => {
  beforeAll(async () => {
    await startCluster();
    // What leads a load balancer's traffic to the node.
    for (const address of ['203.0.113.60', '203.0.113.61'])
      inside(outside.name)('ip', ['route', 'add', address, 'via', third.ip]);
    node('ip', ['link', 'add', 'nodelocaldns', 'type', 'bridge']);
    // Ours is a bridge without ports: not every kernel has dummies.
    node('ip', ['address', 'add', `${dns}/32`, 'dev', 'nodelocaldns']);
    node('nft', ['-f', '-'], untracked);
    await startEchoServer(client, [pod.ip]);
    await startEchoServer(`pod-${backend.name}`, [backend.ip]);
    await startEchoServer(standby.name, [standby.ip]);
    await startEchoServer(third.name, [dns]);
  });
  beforeEach(() => [outside.name, client].forEach(forgetArrivals));

  /** Who sent to the outside but what it talked to; a connection of the test before may still be closing. */
  const strangers = () => {
    const own = services.flatMap(({ address = third.ip }) => [address]);
    return Object.keys(arrivals()).filter((source) => !own.includes(source));
  };
  const talk = (from: string, protocol: 'udp' | 'tcp', [to, port]: readonly [string, number]) =>
    exchange(from, { protocol, to, port, sourcePort: ++lastPort, count: 3, waitMs: 1_000 });

  describe.each(Object.entries(modes))('kube-proxy, mode %s', (_, { load, unload }) => {
    beforeAll(() => {
      load();
      return () => void unload();
    });

    describe.each(['udp', 'tcp'] as const)('%s', (protocol) => {
      it('to a Service with an endpoint outside leaves with the egress address', async () => {
        const result = await talk(client, protocol, ['10.96.0.10', 80]);
        expect(result).toMatchObject({ received: 3, sources: [`${gateways.gw.ipv4} ${lastPort}`] });
        expect(Object.keys(arrivals())).toEqual([gateways.gw.ipv4]);
      });

      it('to an outside address that turns into a pod is not translated', async () => {
        const result = await talk(client, protocol, ['203.0.113.50', 80]);
        expect(result).toMatchObject({ received: 3, sources: [`${pod.ip} ${lastPort}`] });
      });

      it.each([
        ['a NodePort', third.ip, 30_080],
        ['a load balancer', '203.0.113.60', 80],
      ])('from outside to %s is answered by the node, not through a Gateway (trap 11)', async (_what, to, port) => {
        const result = await talk(outside.name, protocol, [to, port]);
        expect(result).toMatchObject({ received: 3, sources: [`${outside.router} ${lastPort}`], errors: [] });
        expect(strangers()).toEqual([]);
        expect(counter(third.name, 'slipped')).toBe(0);
      });

      it.each([
        ['a NodePort', third.ip, 30_081],
        ['a load balancer', '203.0.113.61', 80],
      ])('nor is it where %s leads to a pod of another node, in this one’s name', async (_what, to, port) => {
        const { received, sources, errors } = await talk(outside.name, protocol, [to, port]);
        expect({ received, errors }).toEqual({ received: 3, errors: [] });
        expect(sources.map((source) => source.split(' ')[0])).toEqual([third.ip]);
        expect(strangers()).toEqual([]);
      });
    });
  });

  describe.each(['udp', 'tcp'] as const)('%s', (protocol) => {
    it('to another pod is not translated', async () => {
      const result = await talk(client, protocol, [backend.ip, 8080]);
      expect(result).toMatchObject({ received: 3, sources: [`${pod.ip} ${lastPort}`] });
    });

    it('to a node is left to the CNI', async () => {
      const result = await talk(client, protocol, [standby.ip, 8080]);
      expect(result).toMatchObject({ received: 3, sources: [`${third.ip} ${lastPort}`] });
    });

    it('to a DNS cache on the node, untracked, is let be', async () => {
      const result = await talk(client, protocol, [dns, 8080]);
      expect(result).toMatchObject({ received: 3, sources: [`${pod.ip} ${lastPort}`], errors: [] });
    });
  });
});
