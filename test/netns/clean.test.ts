import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { cleanNode } from '../../src/clean/clean-node.ts';
import { createConntrack } from '../../src/dataplane/conntrack/exec.ts';
import { createRouting } from '../../src/dataplane/route/exec.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { startCluster } from '../support/dataplane/cluster.ts';
import { exchange } from '../support/dataplane/exchange.ts';
import { inside } from '../support/dataplane/network.ts';
import { gateways, outside, owner, type TestNode, third, tunnelAddress } from '../support/dataplane/places.ts';
import { runnerIn, sysctlsIn } from '../support/dataplane/program.ts';
import { describeInNamespace } from '../support/netns.ts';

// What others have, in the very places where ours is.
const foreign = [
  'nft add table inet theirs',
  'nft add table netdev sallyports',
  'ip route add 203.0.113.0/24 via 192.0.2.1 proto 4',
  'ip route add 203.0.113.0/25 via 192.0.2.1 table 1234',
  'ip rule add priority 4000 fwmark 0x10000/0x10000 lookup 1234',
  'ip addr add 192.0.2.99/32 dev eth0',
  'ip neigh replace 192.0.2.98 lladdr 02:00:00:00:00:98 dev eth0 nud permanent',
];

await describeInNamespace(import.meta.url, 'a node that is cleaned', () => {
  beforeAll(async () => {
    await startCluster();
  });

  const stateOf = ({ name }: TestNode): string => {
    const script = `nft list tables; ip -o link show | sed -E 's/ (mtu|state|qlen|link-netnsid).*//'; ip -o addr show | sed 's/ *valid_lft.*//'
      for f in -4 -6; do ip $f rule show; ip $f route show table all; done; ip neigh show nud permanent; bridge fdb show | grep ' dst ' || true`;
    return inside(name)('sh', ['-c', script]);
  };
  const clean = async ({ name }: TestNode, runDir: string) => {
    const runner = runnerIn(name);
    return await cleanNode({
      ...{ runDir, runner, clock: systemClock, signal: new AbortController().signal, sysctls: sysctlsIn(name) },
      ...{ routing: createRouting({ runner, clock: systemClock }), conntrack: createConntrack({ runner }) },
    });
  };

  describe.each([owner, third])('$name', (node) => {
    it('holds only what others put there', async () => {
      for (const command of foreign) inside(node.name)('sh', ['-c', command]);
      expect((await exchange(`pod-${third.name}`, { protocol: 'tcp', to: outside.ip })).received).toBe(
        node === owner ? 1 : 0,
      );
      const ours = () =>
        inside(node.name)('sh', [
          '-c',
          "conntrack -L 2>/dev/null | grep -cE '198\\.1[89]\\.|mark=[1-9]' || true",
        ]).trim();
      if (node === owner) expect(ours()).not.toBe('0');
      const runDir = mkdtempSync(join(tmpdir(), 'sallyport-clean-'));
      mkdirSync(join(runDir, 'failover'));
      writeFileSync(join(runDir, 'failover', 'state'), 'stopped\n');
      writeFileSync(join(runDir, 'failover', 'keepalived.conf'), keepalivedConf());
      const { removed, left, settings } = await clean(node, runDir);
      expect(left).toEqual([]);
      expect(removed).toBeGreaterThan(10);
      expect(settings).toEqual(
        expect.arrayContaining(['net/ipv4/ip_forward=1', 'net/netfilter/nf_conntrack_events=1']),
      );
      const state = stateOf(node);
      expect(state).not.toMatch(
        /egress0|egl[01]|198\.1[89]\.|fd5a:11:9f:|inet sallyport|bridge sallyport|netdev sallyport$/m,
      );
      for (const { ipv4, ipv6 } of Object.values(gateways))
        for (const address of [ipv4, ipv6]) expect(state).not.toContain(`${address}/`);
      for (const kept of [
        'inet theirs',
        'netdev sallyports',
        '203.0.113.0/24',
        '203.0.113.0/25',
        '4000:',
        '192.0.2.99/32',
        '192.0.2.98',
      ])
        expect(state).toContain(kept);
      expect(existsSync(join(runDir, 'failover', 'keepalived.conf'))).toBe(false);
      expect(ours()).toBe('0');
      expect((await clean(node, runDir)).removed).toBe(0);
      rmSync(runDir, { recursive: true });
    });
  });
});

/** As far as what matters here: who has which addresses. */
function keepalivedConf(): string {
  const addresses = Object.values(gateways).flatMap(({ ipv4, ipv6 }) => [`${ipv4}/32`, `${ipv6}/128`]);
  return `vrrp_instance sallyport_1 {
  interface eth0
  virtual_ipaddress {
    ${tunnelAddress}/32 dev eth0
  }
  virtual_ipaddress_excluded {
    ${addresses.map((address) => `${address} dev eth0`).join('\n    ')}
  }
}
`;
}
