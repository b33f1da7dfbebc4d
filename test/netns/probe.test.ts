import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openPlaces } from '../../src/probe/open-places.ts';
import type { Proof } from '../../src/probe/verdict.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { inside } from '../support/dataplane/network.ts';
import { arrivals, counter, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, nodes, owner, standby, type TestNode, third } from '../support/dataplane/places.ts';
import { startProbers, type TestProber } from '../support/dataplane/prober.ts';
import { runnerIn, sysctlsIn } from '../support/dataplane/program.ts';
import { describeInNamespace } from '../support/netns.ts';

const { ipv4, ipv6 } = gateways.gw;
const both = [ipv4, ipv6];

await describeInNamespace(import.meta.url, 'the self-probe', () => {
  const ending = new AbortController();
  let cluster: TestCluster;
  let probers: ReadonlyMap<TestNode, TestProber>;
  const of = (node: TestNode): TestProber => {
    const prober = probers.get(node);
    if (prober === undefined) throw new Error(`no prober of ${node.name}`);
    return prober;
  };
  /** Waits until bursts of both families from now on show this. */
  const untilSeen = async (node: TestNode, proof: Partial<Proof>) => {
    const { bursts } = of(node);
    const from = bursts.length;
    for (const address of both)
      await expect
        .poll(() => bursts.slice(from).filter((burst) => burst.address === address), { timeout: 12_000, interval: 50 })
        .toContainEqual(expect.objectContaining(proof));
  };
  const untilSaid = (node: TestNode, proof: Partial<Proof>) =>
    expect.poll(() => of(node).proofs().get('gw'), { timeout: 12_000, interval: 50 }).toMatchObject(proof);
  const addRule = (node: TestNode, chain: string, rule: string) =>
    inside(node.name)('nft', ['-f', '-'], `table inet other {\nchain c {\n${chain}; policy accept;\n${rule}\n}\n}\n`);
  const devicesOf = (node: TestNode) =>
    (JSON.parse(inside(node.name)('ip', ['-j', 'link'])) as { ifname: string; ifindex: number }[])
      .filter(({ ifname }) => /^eg[pr]0$/.test(ifname))
      .map(({ ifname, ifindex }) => `${ifname} ${ifindex}`)
      .toSorted();

  beforeAll(async () => {
    cluster = await startCluster();
    forgetArrivals();
    probers = startProbers(cluster, ending.signal);
  });
  afterEach(async () => {
    for (const { name } of nodes) inside(name)('nft', ['-f', '-'], 'table inet other\ndelete table inet other\n');
    inside(owner.name)('ip', ['link', 'set', 'eth0', 'mtu', '1500']);
    await cluster.heal();
  });
  afterAll(async () => {
    ending.abort();
    await Promise.all([...probers.values()].map(({ done }) => done));
  });

  it.each(nodes)('from $name both addresses are seen, at the full size, by the owner', async (node) => {
    await untilSeen(node, { result: 'Verified', node: owner.name, mtu: 1450 });
  });

  it('nothing of it leaves the cluster, no guard counts it, and at rest no program is run', async () => {
    const before = nodes.map((node) => of(node).spawned());
    await untilSeen(standby, { result: 'Verified' });
    expect(nodes.map((node) => of(node).spawned())).toEqual(before);
    expect(arrivals()).toEqual({});
    for (const { name } of nodes)
      for (const guard of ['guard_transit', 'guard_mark', 'injected', 'spoofed_own', 'spoofed_pod', 'slipped'])
        expect([name, guard, counter(name, guard)]).toEqual([name, guard, 0]);
  });

  it('a node whose rules do not meet the packets says so: they come to its own reflector as they are', async () => {
    inside(third.name)('nft', ['delete', 'table', 'inet', 'sallyport']);
    await untilSeen(third, { result: 'NotCaught', node: third.name });
    expect(arrivals()).toEqual({});
  });

  it('another source is named, with who saw it', async () => {
    addRule(
      owner,
      'type nat hook postrouting priority 90',
      'oifname "egr0" meta nfproto ipv4 snat ip to 192.0.2.12\noifname "egr0" snat ip6 to 2001:db8:2::12',
    );
    await untilSeen(third, { result: 'WrongSource', node: owner.name });
    await untilSaid(third, { result: 'WrongSource' });
    expect(of(third).proofs().get('gw')?.source).toMatch(/^(192\.0\.2\.12|2001:db8:2::12)$/);
    inside(owner.name)('nft', ['delete', 'table', 'inet', 'other']);
    await untilSaid(third, { result: 'Verified' });
  });

  it('a firewall of somebody else is no answer', async () => {
    addRule(owner, 'type filter hook forward priority 0', 'iifname "egress0" drop');
    await untilSeen(third, { result: 'NoAnswer' });
  });

  it('one packet of three is loss', async () => {
    addRule(third, 'type filter hook forward priority 0', 'iifname "egp0" numgen inc mod 3 == 0 drop');
    await untilSeen(third, { result: 'Loss' });
  });

  it('a smaller MTU between the nodes is told, with the size that comes through', async () => {
    inside(owner.name)('ip', ['link', 'set', 'eth0', 'mtu', '1400']);
    await untilSeen(third, { result: 'PathMtu', mtu: 1350 });
  });

  it('links that somebody deleted are made anew', async () => {
    inside(third.name)('ip', ['link', 'del', 'egp0']);
    inside(owner.name)('ip', ['link', 'del', 'egr0']);
    await untilSeen(third, { result: 'NoAnswer' });
    of(third).lose();
    of(owner).lose();
    await untilSeen(third, { result: 'Verified' });
  });

  it('what another agent left is replaced, and nothing remains when it ends', async () => {
    const before = devicesOf(third);
    expect(before).toHaveLength(2);
    const second = await openPlaces(cluster.agent(third).select(cluster.state).plan, '0123456789abcdef', {
      runner: runnerIn(third.name),
      sysctls: sysctlsIn(third.name),
      enter: ['nsenter', `--net=/run/netns/${third.name}`, 'unshare', '--net'],
      signal: ending.signal,
    });
    expect(devicesOf(third)).toHaveLength(2);
    expect(devicesOf(third)).not.toEqual(before);
    second.close();
    await expect.poll(() => devicesOf(third), { timeout: 5_000 }).toEqual([]);
  });
});
