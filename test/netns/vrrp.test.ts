import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { waitUntil } from '../support/child-process.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { exchange } from '../support/dataplane/exchange.ts';
import { startKeepalived, type TestKeepalived } from '../support/dataplane/keepalived.ts';
import { inside } from '../support/dataplane/network.ts';
import { arrivals, counter, forgetArrivals } from '../support/dataplane/observe.ts';
import {
  gateways,
  nodes,
  outside,
  owner,
  standby,
  type TestNode,
  third,
  tunnelAddress,
} from '../support/dataplane/places.ts';
import { advertMilliseconds, type ClusterState } from '../support/dataplane/program.ts';
import { vrrpAdvert } from '../support/dataplane/vrrp-advert.ts';
import { describeInNamespace, tool } from '../support/netns.ts';

const { gw, gx } = gateways;
const holds = (node: TestNode, address: string) =>
  inside(node.name)('ip', ['-br', 'addr', 'show', 'dev', 'eth0']).includes(` ${address}/`);

/** Sends the owner an advert of priority 254 for its own group (or another virtual router), from an address of `from`. */
function advertise(from: string, source: string, router = 1): void {
  const advert = {
    source,
    destination: owner.ip,
    router,
    priority: 254,
    centiseconds: advertMilliseconds / 10,
    address: tunnelAddress,
  };
  const target = `IP4-SENDTO:${owner.ip}:112,bind=${source},ip-ttl=255`;
  const args = [`--net=/run/netns/${from}`, 'socat', '-u', '-', target];
  execFileSync('nsenter', args, { input: vrrpAdvert(advert) });
}

await describeInNamespace(import.meta.url, 'with keepalived', () => {
  let cluster: TestCluster;
  let first: TestKeepalived;
  let second: TestKeepalived;
  let alone: ClusterState;
  beforeAll(async () => {
    cluster = await startCluster(() => {});
    alone = { ...cluster.state, placed: ['gw'] };
    await cluster.apply(alone);
    first = startKeepalived(owner, cluster.agent(owner), alone);
    const isOwned = async () => holds(owner, gw.ipv4) && holds(owner, gw.ipv6);
    await waitUntil(isOwned, { what: 'an owner', process: first.process, limit: 20_000 });
    // Not before: without preemption the address stays with whoever was there first.
    second = startKeepalived(standby, cluster.agent(standby), alone);
    const isListening = async () => second.transitions().length > 0;
    await waitUntil(isListening, { what: 'a standby', process: second.process, limit: 20_000 });
  });
  afterAll(async () => {
    await Promise.all([first, second].map(({ process }) => process.end('SIGTERM', 3_000)));
  });
  beforeEach(() => forgetArrivals());

  it('the first candidate owns the addresses, and pods of all nodes leave with them', async () => {
    expect(first.transitions()).toEqual(['BACKUP', 'MASTER']);
    expect(second.transitions()).toEqual(['BACKUP']);
    for (const to of [outside.ip, outside.ip6]) {
      const talk = (node: TestNode) => exchange(`pod-${node.name}`, { protocol: 'udp', to, waitMs: 1_500 });
      for (const result of await Promise.all(nodes.map(talk))) expect(result).toMatchObject({ received: 1 });
    }
    expect(Object.keys(arrivals()).sort()).toEqual([gw.ipv4, gw.ipv6]);
  });

  it("the owner's own connections keep the node's addresses", async () => {
    for (const [to, source] of [
      [outside.ip, owner.ip],
      [outside.ip6, owner.ip6],
    ] as const) {
      const { sources } = await exchange(owner.name, { protocol: 'tcp', to, sourcePort: 44_001, waitMs: 1_500 });
      expect(sources).toEqual([`${source} 44001`]);
    }
  });

  it('trap 6: one more egress address is no transition and costs the pods nothing', async () => {
    const before = [first, second].map((keepalived) => keepalived.transitions());
    const talk = (node: TestNode) =>
      exchange(`pod-${node.name}`, { protocol: 'udp', to: outside.ip, count: 1_000, intervalMs: 2, waitMs: 1_000 });
    const flows = Promise.all(nodes.map(talk));
    await new Promise((resolve) => setTimeout(resolve, 700));
    await cluster.apply(cluster.state);
    for (const keepalived of [first, second]) keepalived.reload(cluster.state);
    await waitUntil(async () => holds(owner, gx.ipv4), { what: 'the new address', limit: 10_000 });
    for (const flow of await flows) expect(flow).toMatchObject({ sent: 1_000, received: 1_000 });
    expect([first, second].map((keepalived) => keepalived.transitions())).toEqual(before);
    expect(holds(standby, gx.ipv4)).toBe(false);
  });

  it("trap 12: a stranger's advert does not depose the owner", async () => {
    const dropped = counter(owner.name, 'vrrp_stranger');
    for (let n = 0; n < 10; n++) advertise(outside.name, outside.router);
    expect(counter(owner.name, 'vrrp_stranger') - dropped).toBe(10);
    expect(first.transitions()).toEqual(['BACKUP', 'MASTER']);
    expect(holds(owner, tunnelAddress)).toBe(true);
  });

  it("another virtual router's adverts are none of ours", () => {
    const dropped = counter(owner.name, 'vrrp_stranger');
    advertise(outside.name, outside.router, 77);
    expect(counter(owner.name, 'vrrp_stranger')).toBe(dropped);
  });

  it('trap 7: flows outlive a silent crash of the owner, without any state at the new one', async () => {
    const alive = nodes.filter((node) => node !== owner);
    const port = (state: string) => tool('bridge', ['link', 'set', 'dev', `p-${owner.name}`, 'state', state]);
    const talk = (node: TestNode) =>
      exchange(`pod-${node.name}`, { protocol: 'tcp', to: outside.ip, count: 600, intervalMs: 5, waitMs: 10_000 });
    const flows = Promise.all(alive.map(talk));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    port('0');
    await waitUntil(async () => holds(standby, gw.ipv4), { what: 'the heir', limit: 10_000 });
    for (const flow of await flows) expect(flow).toMatchObject({ sent: 600, received: 600, errors: [] });
    expect(Object.keys(arrivals())).toEqual([gw.ipv4]);
    port('3');
    await waitUntil(async () => !holds(standby, gw.ipv4), { what: 'one owner again', limit: 10_000 });
  });

  it('after a split the neighbours learn who stayed, whichever of the two owners heard the other first', async () => {
    const mac = /(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/.exec(
      inside(owner.name)('ip', ['-br', 'link', 'show', 'dev', 'eth0']),
    )?.[0];
    const heard = (name: string, address: string) =>
      /lladdr (\S+)/.exec(inside(name)('ip', ['neigh', 'show', 'to', address]))?.[1];
    const known = () => [heard(outside.name, gw.ipv4), heard(third.name, tunnelAddress)];
    const port = (state: string) => tool('bridge', ['link', 'set', 'dev', `p-${owner.name}`, 'state', state]);
    const talk = (node: TestNode) =>
      exchange(`pod-${node.name}`, { protocol: 'udp', to: outside.ip, count: 20, intervalMs: 20, waitMs: 1_500 });
    for (let round = 0; round < 4; round++) {
      port('0');
      await waitUntil(async () => holds(standby, gw.ipv4), { what: 'the heir', limit: 10_000 });
      await talk(third);
      port('3');
      await waitUntil(async () => !holds(standby, gw.ipv4), { what: 'one owner again', limit: 10_000 });
      await waitUntil(async () => known().every((each) => each === mac), {
        what: 'neighbours who know the owner',
        limit: 3_000,
      });
      for (const result of await Promise.all([talk(third), talk(standby)]))
        expect(result).toMatchObject({ received: 20 });
    }
  });

  it('a candidate with a higher priority is heard', async () => {
    advertise(standby.name, standby.ip);
    const gaveUp = async () => first.transitions()[2] === 'BACKUP';
    await waitUntil(gaveUp, { what: 'the owner to give up', process: first.process, limit: 10_000 });
  });
});
