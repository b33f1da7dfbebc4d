import { beforeAll, expect, it } from 'vitest';
import { staleSelectors } from '../../src/agent/stale-flows.ts';
import type { Flow } from '../../src/dataplane/conntrack/model.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { exchange } from '../support/dataplane/exchange.ts';
import { inside } from '../support/dataplane/network.ts';
import { gateways, outside, owner, third } from '../support/dataplane/places.ts';
import { describeInNamespace } from '../support/netns.ts';

const group = gateways.gw.id >>> 9;
const otherGroup = group + 1;

await describeInNamespace(import.meta.url, 'flows of a failover group that went elsewhere', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });

  const flows = (): Promise<readonly Flow[]> => cluster.agent(owner).conntrack.list();
  const words = ({ source, mark }: Flow) => `${source} ${mark}`;
  /** A flow by hand, as a failover group of another number would have it. */
  const insert = (family: 4 | 6, source: string, mark: number) => {
    const to = family === 4 ? outside.ip : outside.ip6;
    const tuple = ['-s', source, '-d', to, '--sport', '45000', '--dport', '7'];
    const args = ['-I', '-p', 'udp', ...tuple, '-t', '600', '-m', `${mark}`];
    inside(owner.name)('conntrack', args);
  };

  it("the gateway hop's go, of both families; those of pods, of other groups and of the node stay", async () => {
    const { plan } = cluster.agent(owner).select(cluster.state);
    const transit = [plan.transit.ipv4, plan.transit.ipv6].map((cidr) => cidr.replace(/[^.:]*\/\d+$/, '77'));
    insert(4, transit[0] ?? '', otherGroup << 9);
    insert(6, transit[1] ?? '', (otherGroup << 9) + 5);
    // Bits of a mark that are not ours say nothing.
    insert(4, '198.18.200.200', 0x10000 + (otherGroup << 9));
    for (const to of [outside.ip, outside.ip6]) {
      for (const pod of [owner, third]) {
        expect(await exchange(`pod-${pod.name}`, { protocol: 'udp', to, waitMs: 1_500 })).toMatchObject({
          received: 1,
        });
      }
      await exchange(owner.name, { protocol: 'udp', to, waitMs: 1_500 });
    }
    const before = await flows();
    const isTransit = ({ source }: Flow) => source.startsWith('198.18.') || source.startsWith('fd5a:');
    const isStale = (flow: Flow) => isTransit(flow) && (flow.mark & 0x1fff) >>> 9 === group;
    expect(new Set(before.filter(isStale).map(({ family }) => family))).toEqual(new Set([4, 6]));
    // Two pods in two families, and the other hop of the owner's own pod with the same mark.
    expect(before.filter(isStale)).toHaveLength(4);
    const podHop = before.filter((flow) => !isTransit(flow) && (flow.mark & 0x1fff) >>> 9 === group);
    expect(podHop).toHaveLength(2);

    expect(await cluster.agent(owner).conntrack.remove(staleSelectors(plan, group))).toBe(4);
    const expected = before.filter((flow) => !isStale(flow)).map(words);
    expect((await flows()).map(words).toSorted()).toEqual(expected.toSorted());

    expect(await cluster.agent(owner).conntrack.remove(staleSelectors(plan, group))).toBe(0);
    expect(await cluster.agent(owner).conntrack.remove(staleSelectors(plan, otherGroup))).toBe(3);
  });
});
