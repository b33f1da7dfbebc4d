import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { type Exchange, exchange } from '../support/dataplane/exchange.ts';
import { inside } from '../support/dataplane/network.ts';
import { arrivals, counter, forgetArrivals } from '../support/dataplane/observe.ts';
import {
  buildPartner,
  makePartnerOwner,
  type Network,
  ownRoutes,
  partner,
  partnerGateway,
  plugIn,
  withPartner,
} from '../support/dataplane/partner.ts';
import { gateways, nodes, outside, owner, standby, third } from '../support/dataplane/places.ts';
import { startProbers } from '../support/dataplane/prober.ts';
import type { ClusterState } from '../support/dataplane/program.ts';
import { describeInNamespace } from '../support/netns.ts';

const { ipv4, ipv6 } = partnerGateway;
let port = 41_000;

/** Of a pod to somewhere, with a source port of its own. */
async function ask(
  node: string,
  to: string,
  protocol: 'udp' | 'tcp' = 'udp',
): Promise<Exchange & { readonly port: number }> {
  port += 1;
  return { port, ...(await exchange(`pod-${node}`, { protocol, to, sourcePort: port, count: 3, waitMs: 1_000 })) };
}

await describeInNamespace(import.meta.url, 'a second network', () => {
  let cluster: TestCluster;
  const network = (described: Network): ClusterState => {
    const pods = cluster.state.pods.map((pod) => ({ ...pod, gateway: 'gp' }));
    return withPartner({ ...cluster.state, pods }, described);
  };
  const onOwner = inside(owner.name);

  beforeAll(async () => {
    cluster = await startCluster();
    await buildPartner();
    makePartnerOwner(owner);
    await cluster.apply(network(ownRoutes));
  });
  beforeEach(() => {
    forgetArrivals();
    forgetArrivals(partner.name);
  });
  afterEach(() => {
    // Whatever happens, nothing of it is seen on the nodes' own network.
    expect(arrivals()).toEqual({});
  });

  describe.each(nodes.map(({ name }) => name))('from a pod on %s', (node) => {
    it.each([
      ['udp', partner.router, ipv4],
      ['tcp', partner.beyond, ipv4],
      ['udp', partner.beyond, ipv4],
      ['tcp', partner.beyond6, ipv6],
      ['udp', partner.beyond6, ipv6],
      ['tcp', partner.router6, ipv6],
    ] as const)('%s to %s leaves as %s', async (protocol, to, source) => {
      const { received, sources, port: own } = await ask(node, to, protocol);
      expect([received, sources]).toEqual([3, [`${source} ${own}`]]);
      expect(Object.keys(arrivals(partner.name))).toEqual([source]);
    });
  });

  it('strict rp_filter stays as it was', () => {
    for (const device of ['all', partner.device])
      expect(onOwner('cat', [`/proc/sys/net/ipv4/conf/${device}/rp_filter`]).trim()).toBe('1');
    expect(onOwner('cat', [`/proc/sys/net/ipv4/conf/${partner.device}/src_valid_mark`]).trim()).toBe('0');
  });

  it('nodes without any route to the partner send and hear: the pod node, and the owner itself', async () => {
    for (const { name } of [third, owner]) inside(name)('ip', ['route', 'del', 'default', 'via', outside.router]);
    for (const { name } of [third, owner])
      for (const protocol of ['udp', 'tcp'] as const) {
        const { received, sources, port: own } = await ask(name, partner.beyond, protocol);
        expect([name, protocol, received, sources]).toEqual([name, protocol, 3, [`${ipv4} ${own}`]]);
      }
    for (const { name } of [third, owner]) inside(name)('ip', ['route', 'add', 'default', 'via', outside.router]);
  });

  it('with one default route for both networks each Gateway has its own way', async () => {
    const [first, ...rest] = network(ownRoutes).pods;
    if (first === undefined) throw new Error('no pod');
    await cluster.apply({ ...network(ownRoutes), pods: [{ ...first, gateway: 'gw' }, ...rest] });
    const default4 = await ask(first.node.name, outside.ip);
    expect(default4.sources).toEqual([`${gateways.gw.ipv4} ${default4.port}`]);
    expect(Object.keys(arrivals())).toEqual([gateways.gw.ipv4]);
    forgetArrivals();
    expect(arrivals(partner.name)).toEqual({});
    await cluster.apply(network(ownRoutes));
  });

  it('the self-probe proves it without a packet on either network, whatever table it has', async () => {
    const ending = new AbortController();
    const probers = [...startProbers(cluster, ending.signal, network(ownRoutes))];
    for (const [{ name }, { proofs }] of probers)
      await expect
        .poll(() => [name, proofs().get('gp')?.result], { timeout: 15_000, interval: 100 })
        .toEqual([name, 'Verified']);
    expect(arrivals(partner.name)).toEqual({});
    ending.abort();
    await Promise.all(probers.map(([, { done }]) => done));
  });

  const nothingLeaves = async (what: string) => {
    for (const { name } of [third, owner]) {
      const { received } = await ask(name, partner.beyond);
      expect([what, name, received]).toEqual([what, name, 0]);
    }
    expect(arrivals(partner.name)).toEqual({});
    expect(arrivals()).toEqual({});
  };
  const worksAgain = async () => {
    await cluster.heal(owner);
    await cluster.apply(network(ownRoutes));
    expect((await ask(third.name, partner.beyond)).received).toBe(3);
  };

  it('nothing leaves elsewhere when the route is gone: the table ends in nothing', async () => {
    onOwner('ip', ['route', 'del', 'default', 'dev', partner.device, 'table', '1102']);
    await nothingLeaves('no route');
    await worksAgain();
  });

  it('nor when the whole table or the rule is gone: dropped and counted', async () => {
    const before = counter(owner.name, 'guard_network');
    onOwner('ip', ['route', 'flush', 'table', '1102']);
    await nothingLeaves('no table');
    onOwner('ip', ['rule', 'del', 'priority', '98']);
    await nothingLeaves('no rule');
    expect(counter(owner.name, 'guard_network')).toBeGreaterThanOrEqual(before + 12);
    await worksAgain();
  });

  it('nor when the interface is down or gone; the plan is applied without it, and whole again when it comes back', async () => {
    onOwner('ip', ['link', 'set', partner.device, 'down']);
    await cluster.heal(owner);
    await cluster.apply(network(ownRoutes));
    await nothingLeaves('interface down');
    onOwner('ip', ['link', 'del', partner.device]);
    await cluster.heal(owner);
    await cluster.apply(network(ownRoutes));
    await nothingLeaves('no interface');
    plugIn(owner);
    onOwner('ip', ['addr', 'add', `${ipv4}/32`, 'dev', partner.device]);
    onOwner('ip', ['addr', 'add', `${ipv6}/128`, 'dev', partner.device, 'nodad', 'preferred_lft', '0']);
    await worksAgain();
  });

  it('an interface without any address but the egress addresses will do: ARP and ND ask in their name', async () => {
    const own = [`172.30.0.${owner.index + 10}/24`, `2001:db8:30::${owner.index + 10}/64`, `fe80::${owner.index}/64`];
    for (const address of own) onOwner('ip', ['addr', 'del', address, 'dev', partner.device]);
    onOwner('ip', ['neigh', 'flush', 'dev', partner.device]);
    await cluster.apply(network(ownRoutes));
    expect(onOwner('ip', ['route', 'show', 'table', '1102'])).not.toContain('172.30.0.0/24');
    for (const to of [partner.beyond, partner.router, partner.beyond6]) {
      const { received, sources, port: from } = await ask(third.name, to);
      expect([to, received, sources]).toEqual([to, 3, [`${to.includes(':') ? ipv6 : ipv4} ${from}`]]);
    }
    for (const address of own)
      onOwner('ip', ['addr', 'add', address, 'dev', partner.device, ...(address.includes(':') ? ['nodad'] : [])]);
    await worksAgain();
  });

  it('routes: Table goes by a table that somebody else keeps; what that has no route for ends', async () => {
    await cluster.apply(network({ table: 200 }));
    await nothingLeaves('no table 200');
    onOwner('ip', [
      'route',
      'add',
      `${partner.beyond}/32`,
      'via',
      partner.router,
      'dev',
      partner.device,
      'table',
      '200',
    ]);
    const { received, sources, port: own } = await ask(third.name, partner.beyond);
    expect([received, sources]).toEqual([3, [`${ipv4} ${own}`]]);
    expect((await ask(third.name, partner.router)).received).toBe(0);
    // Somebody's route that leads elsewhere.
    onOwner('ip', ['route', 'replace', `${partner.beyond}/32`, 'via', outside.router, 'dev', 'eth0', 'table', '200']);
    forgetArrivals(partner.name);
    await nothingLeaves('table 200 leads elsewhere');
    await worksAgain();
  });

  it('routes: Main goes by the main table', async () => {
    await cluster.apply(network({}));
    const { received, sources, port: own } = await ask(standby.name, partner.router);
    expect([received, sources]).toEqual([3, [`${ipv4} ${own}`]]);
    expect(onOwner('ip', ['rule', 'show', 'priority', '98'])).toBe('');
    await worksAgain();
  });

  it('no guard but those that were provoked counted anything', () => {
    for (const { name } of nodes)
      for (const guard of ['guard_mark', 'guard_transit', 'slipped', 'refused', 'held'])
        expect(`${name} ${guard} ${counter(name, guard)}`).toBe(`${name} ${guard} 0`);
  });
});
