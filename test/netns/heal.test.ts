import { beforeAll, describe, expect, it } from 'vitest';
import { owned, type Part } from '../../src/agent/kernel.ts';
import { watchAddresses } from '../../src/agent/roles.ts';
import { createRouting } from '../../src/dataplane/route/exec.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { exchange } from '../support/dataplane/exchange.ts';
import { addMasquerade, inside } from '../support/dataplane/network.ts';
import { arrivals, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, nodes, outside, owner, type TestNode, third } from '../support/dataplane/places.ts';
import { runnerIn } from '../support/dataplane/program.ts';
import { describeInNamespace } from '../support/netns.ts';

interface Sabotage {
  readonly node: TestNode;
  readonly command: string;
  /** What the agent finds different, at least. */
  readonly part: Part;
}

const sabotages: readonly Sabotage[] = [
  { node: owner, part: 'nft', command: 'nft delete table netdev sallyport' },
  { node: third, part: 'nft', command: 'nft delete table inet sallyport' },
  { node: third, part: 'nft', command: 'nft flush chain inet sallyport source' },
  { node: owner, part: 'nft', command: 'nft delete element inet sallyport egress4 { 513 }' },
  { node: third, part: 'nft', command: 'nft delete element inet sallyport pods4 { 10.244.1.10 }' },
  { node: third, part: 'nft', command: 'nft add element inet sallyport cluster4 { 198.51.100.0/24 }' },
  { node: third, part: 'nft', command: 'nft insert rule inet sallyport judge accept' },
  { node: third, part: 'routes', command: 'ip rule del priority 100' },
  { node: third, part: 'routes', command: 'ip route flush table 1000' },
  { node: owner, part: 'routes', command: 'ip route del 198.18.32.1' },
  { node: owner, part: 'routes', command: 'ip route del 198.18.32.2' },
  { node: third, part: 'routes', command: 'ip route del 198.19.255.240/28' },
  { node: third, part: 'routes', command: 'ip neigh del 198.19.224.0 dev egress0' },
  {
    node: owner,
    part: 'routes',
    command: 'ip neigh replace 198.19.224.1 lladdr 02:00:00:00:00:01 dev egress0 nud permanent',
  },
  { node: third, part: 'routes', command: 'bridge fdb del 02:eb:00:00:02:01 dev egress0 dst 198.19.255.241' },
  { node: third, part: 'routes', command: 'ip addr flush dev egress0' },
  { node: owner, part: 'routes', command: 'ip link set egl1 down' },
  { node: third, part: 'routes', command: 'ip link set egress0 mtu 1500' },
  { node: third, part: 'routes', command: 'ip link del egress0' },
  { node: owner, part: 'routes', command: 'ip link del egl0' },
  { node: third, part: 'routes', command: 'sysctl -qw net.ipv6.conf.egress0.disable_ipv6=1' },
  { node: third, part: 'sysctls', command: 'sysctl -qw net.ipv4.conf.egress0.rp_filter=1' },
  { node: owner, part: 'sysctls', command: 'sysctl -qw net.ipv4.conf.egl1.rp_filter=1' },
  { node: owner, part: 'sysctls', command: 'sysctl -qw net.ipv4.ip_forward=0' },
  { node: owner, part: 'sysctls', command: 'sysctl -qw net.netfilter.nf_conntrack_tcp_be_liberal=0' },
  { node: owner, part: 'sysctls', command: 'sysctl -qw net.netfilter.nf_conntrack_events=2' },
];

await describeInNamespace(import.meta.url, 'whatever somebody else changed is put right', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });

  const leavesRight = async () => {
    forgetArrivals();
    const talk = (node: TestNode) => exchange(`pod-${node.name}`, { protocol: 'udp', to: outside.ip, waitMs: 1_000 });
    for (const result of await Promise.all(nodes.map(talk))) expect(result).toMatchObject({ received: 1 });
    expect(Object.keys(arrivals())).toEqual([gateways.gw.ipv4]);
  };
  const healAt = async ({ node, part }: Pick<Sabotage, 'node' | 'part'>) => {
    const { kernel, apply } = cluster.agent(node);
    const reread = () => {
      kernel.forget('nft');
      kernel.forget('routes');
      return apply(cluster.state);
    };
    expect(await reread()).toContain(part);
    expect(await reread()).toEqual([]);
    await leavesRight();
  };

  it('there is nothing to do without a change', async () => {
    for (const node of nodes) {
      const { kernel, apply } = cluster.agent(node);
      expect(await apply(cluster.state)).toEqual([]);
      kernel.forget('nft');
      kernel.forget('routes');
      expect(await apply(cluster.state)).toEqual([]);
    }
  });

  it.each([third, owner])('on $name: nft flush ruleset', async (node) => {
    inside(node.name)('nft', ['flush', 'ruleset']);
    addMasquerade(node.name);
    await healAt({ node, part: 'nft' });
  });

  it('tables that are said to be gone are made anew unread, be they gone or not', async () => {
    const gone = ['inet sallyport', 'netdev sallyport', 'bridge sallyport'];
    const { kernel, apply } = cluster.agent(third);
    for (const command of [
      ['flush', 'ruleset'],
      ['list', 'tables'],
    ]) {
      inside(third.name)('nft', command);
      addMasquerade(third.name);
      kernel.forget('nft', gone);
      expect(await apply(cluster.state)).toEqual(['nft']);
      kernel.forget('nft');
      expect(await apply(cluster.state)).toEqual([]);
      await leavesRight();
    }
    // Of one table alone nothing follows for the others: all are read.
    inside(third.name)('nft', ['delete', 'chain', 'inet', 'sallyport', 'source']);
    kernel.forget('nft', ['bridge sallyport']);
    expect(await apply(cluster.state)).toEqual(['nft']);
    await leavesRight();
  });

  it.each([third, owner])('on $name: a rule of ours deleted by its handle', async (node) => {
    const run = inside(node.name);
    const listed = run('nft', ['-a', 'list', 'chain', 'inet', 'sallyport', 'judge']);
    const handle = /ct direction reply.*# handle (\d+)/.exec(listed)?.[1] ?? '';
    run('nft', ['delete', 'rule', 'inet', 'sallyport', 'judge', 'handle', handle]);
    await healAt({ node, part: 'nft' });
  });

  describe.each(sabotages)('on $node.name: $command', (sabotage) => {
    it('is put right, and the second look finds nothing', async () => {
      const [command = '', ...args] = sabotage.command.split(' ');
      inside(sabotage.node.name)(command, args);
      await healAt(sabotage);
    });
  });

  it('devices get their IPv6 where new ones are without it, as in Docker’s containers', async () => {
    const run = inside(third.name);
    run('sysctl', ['-qw', 'net.ipv6.conf.default.disable_ipv6=1']);
    try {
      for (const device of ['egress0', 'egl0']) run('ip', ['link', 'del', device]);
      await healAt({ node: third, part: 'routes' });
      expect(run('ip', ['-6', 'route', 'show', 'table', 'all', 'dev', 'egress0'])).toContain('proto 84');
    } finally {
      run('sysctl', ['-qw', 'net.ipv6.conf.default.disable_ipv6=0']);
    }
  });

  it('a foreign table, route and rule stay as they are', async () => {
    const run = inside(third.name);
    run('nft', ['add', 'table', 'inet', 'foreign']);
    run('ip', ['route', 'add', '203.0.113.0/24', 'via', outside.router]);
    run('ip', ['rule', 'add', 'fwmark', '0x4000/0x4000', 'lookup', 'main', 'priority', '99']);
    await cluster.heal(third);
    expect(run('nft', ['list', 'tables'])).toContain('table inet foreign');
    expect(run('ip', ['route', 'show', '203.0.113.0/24'])).not.toBe('');
    expect(run('ip', ['rule', 'show', 'priority', '99'])).not.toBe('');
  });

  it.each(['egress0.rp_filter=1', 'egress0.forwarding=0'])('is told at once of %s', async (setting) => {
    const stop = new AbortController();
    const heard: string[] = [];
    const routing = createRouting({ runner: runnerIn(third.name), clock: systemClock });
    const watching = routing.watch({
      owned: owned.routes,
      signal: stop.signal,
      onChange: (what) => heard.push(what),
    });
    try {
      await expect.poll(() => heard).toContain('links');
      await systemClock.sleep(200, stop.signal);
      expect(heard).not.toContain('settings');
      inside(third.name)('sysctl', ['-qw', `net.ipv4.conf.${setting}`]);
      await expect.poll(() => heard, { timeout: 1_000 }).toContain('settings');
      expect(await cluster.agent(third).kernel.checkSysctls()).toBe(true);
    } finally {
      stop.abort();
      await watching;
    }
  });

  it('what the kernel drops with a link that goes down is not wanted until that is up, and comes back then', async () => {
    const run = inside(third.name);
    const { kernel, apply } = cluster.agent(third);
    const tunnelRoute = () => run('ip', ['route', 'show', '198.19.255.240/28']);
    const stop = new AbortController();
    const heard: string[] = [];
    const watch = watchAddresses({
      runner: runnerIn(third.name),
      clock: systemClock,
      signal: stop.signal,
      isNetwork: (device) => device === 'eth0',
      onChange: (what) => {
        heard.push(what);
        if (what === 'routes') kernel.forget('routes');
      },
    });
    const hears = (what: string) => expect.poll(() => heard, { timeout: 5_000 }).toContain(what);
    try {
      await systemClock.sleep(500, stop.signal);
      heard.length = 0;
      run('ip', ['addr', 'add', '192.0.2.199/32', 'dev', 'eth0']);
      await hears('addresses');
      expect(heard).not.toContain('routes');
      run('ip', ['link', 'set', 'eth0', 'down']);
      await hears('routes');
      await apply(cluster.state);
      expect(tunnelRoute()).toBe('');
      heard.length = 0;
      run('ip', ['link', 'set', 'eth0', 'up']);
      await hears('routes');
      await apply(cluster.state);
      expect(tunnelRoute()).toContain('eth0');
      // Too fast for anybody to see it down.
      heard.length = 0;
      run('sh', ['-c', 'ip link set eth0 down && ip link set eth0 up']);
      await expect.poll(() => heard.filter((what) => what === 'routes').length, { timeout: 5_000 }).toBe(2);
      await apply(cluster.state);
      expect(tunnelRoute()).toContain('eth0');
    } finally {
      stop.abort();
      await watch;
    }
  });
});
