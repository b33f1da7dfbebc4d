import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Proof } from '../../src/probe/verdict.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { arrivals, counter, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, nodes, owner, type TestNode } from '../support/dataplane/places.ts';
import { startProbers, type TestProber } from '../support/dataplane/prober.ts';
import { describeInNamespace } from '../support/netns.ts';

const { ipv4, ipv6 } = gateways.gw;

await describeInNamespace(import.meta.url, 'the self-probe', () => {
  const ending = new AbortController();
  let cluster: TestCluster;
  let probers: ReadonlyMap<TestNode, TestProber>;
  const of = (node: TestNode): TestProber => {
    const prober = probers.get(node);
    if (prober === undefined) throw new Error(`no prober of ${node.name}`);
    return prober;
  };
  /** The next proof of the address that is not of a burst under way. */
  const next = async (node: TestNode, address: string): Promise<Proof> => {
    const { bursts } = of(node);
    const from = bursts.length + 1;
    return await expect
      .poll(() => bursts.slice(from).find((burst) => burst.address === address)?.proof, {
        timeout: 15_000,
        interval: 50,
      })
      .toBeDefined()
      .then(() => bursts.slice(from).find((burst) => burst.address === address)?.proof as Proof);
  };

  beforeAll(async () => {
    cluster = await startCluster();
    forgetArrivals();
    probers = startProbers(cluster, ending.signal);
  });
  afterAll(async () => {
    ending.abort();
    await Promise.all([...probers.values()].map(({ done }) => done));
  });
  it.each(nodes)('from $name both addresses are seen, at the full size, by the owner', async (node) => {
    for (const address of [ipv4, ipv6])
      expect(await next(node, address)).toMatchObject({ result: 'Verified', address, node: owner.name, mtu: 1450 });
    expect(of(node).proofs().get('gw')).toMatchObject({ result: 'Verified' });
  });

  it('nothing of it leaves the cluster, and no guard has counted it', () => {
    expect(arrivals()).toEqual({});
    for (const { name } of nodes)
      for (const guard of ['guard_transit', 'guard_mark', 'injected', 'spoofed_own', 'slipped'] as const)
        expect([name, guard, counter(name, guard)]).toEqual([name, guard, 0]);
  });
});
