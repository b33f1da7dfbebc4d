import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { inside } from '../support/dataplane/network.ts';
import {
  gateways,
  nodes,
  outside,
  owner,
  standby,
  type TestNode,
  tunnelAddress,
  tunnelAddress6,
} from '../support/dataplane/places.ts';
import { describeInNamespace, tool } from '../support/netns.ts';

// VXLAN keeps a route per forwarding entry and processor. None may outlive the moment in which the tunnel address becomes the node's own.
const egress = [`${gateways.gw.ipv4}/32`, `${gateways.gw.ipv6}/128`];
const tunnels = { IPv4: `${tunnelAddress}/32`, IPv6: `${tunnelAddress6}/128` } as const;
const processor = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';

const plug = (node: TestNode, state: 'disabled' | 'forwarding') =>
  tool('bridge', ['link', 'set', 'dev', `p-${node.name}`, 'state', state === 'disabled' ? '0' : '3']);
const forgetNeighbours = (name: string) => inside(name)('ip', ['neigh', 'flush', 'dev', 'eth0']);

/** How many of three echoes of the node's Pod, all from one processor, are answered. */
function answered({ name }: TestNode): number {
  const ping = ['-c', processor, 'ping', '-c', '3', '-i', '0.1', '-W', '1', outside.ip];
  const text = inside(`pod-${name}`)('sh', ['-c', 'taskset "$@" || true', 'taskset', ...ping]);
  return Number(/(\d+) received/.exec(text)?.[1]);
}

/** What keepalived does; the route to an address of its own, which the kernel makes first, is not always wanted here. */
function take({ name }: TestNode, address: string, flags: readonly string[] = []): void {
  const ownWay = (each: string) => (each.includes(':') ? ['nodad', 'preferred_lft', '0'] : []);
  for (const each of [address, ...egress]) {
    const more = each === address ? flags : [];
    inside(name)('ip', ['addr', 'add', each, 'dev', 'eth0', ...ownWay(each), ...more]);
  }
}

await describeInNamespace(import.meta.url, 'a node whose Pods send to the tunnel address takes it over', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(() => {});
  });

  describe.each(['IPv4', 'IPv6'] as const)('by %s', (tunnel) => {
    const address = tunnels[tunnel];
    beforeEach(async () => {
      plug(owner, 'forwarding');
      await cluster.apply({ ...cluster.state, tunnel });
      for (const { name } of [owner, standby]) {
        for (const each of [...Object.values(tunnels), ...egress])
          inside(name)('sh', ['-c', 'ip addr del "$1" dev eth0 2>&1 || true', 'ip', each]);
      }
      for (const { name } of [...nodes, outside]) forgetNeighbours(name);
      take(owner, address);
      expect(answered(standby)).toBe(3);
      plug(owner, 'disabled');
      forgetNeighbours(outside.name);
    });

    it('and keeps their next packet', () => {
      take(standby, address, ['noprefixroute']);
      expect(answered(standby)).toBe(3);
    });

    // The kernel's own order for IPv6: a route to the address at once, and the address some time later, by a worker.
    it('also when they sent by the route that comes before the address', () => {
      const route = [address, 'dev', 'eth0', 'proto', 'kernel', 'metric', '256'];
      inside(standby.name)('ip', ['route', 'add', ...route]);
      expect(answered(standby)).toBe(0);
      take(standby, address, ['noprefixroute']);
      const now = answered(standby);
      inside(standby.name)('ip', ['route', 'del', ...route]);
      expect(now).toBe(3);
    });
  });
});
