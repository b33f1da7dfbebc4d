import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endFlows } from '../../src/agent/end-flows.ts';
import type { Flow } from '../../src/dataplane/conntrack/model.ts';
import { waitUntil } from '../support/child-process.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { type Exchange, exchange } from '../support/dataplane/exchange.ts';
import { addPod } from '../support/dataplane/network.ts';
import { arrivals, counter, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, outside, owner, podPlace, type TestNode, third } from '../support/dataplane/places.ts';
import type { ClusterState } from '../support/dataplane/program.ts';
import { describeInNamespace } from '../support/netns.ts';

const [subject, mate] = ['subject', 'mate'].map((name, n) => podPlace(name, third, n + 1));
const { gw, gx } = gateways;
const isTcp = ({ protocol }: Flow) => protocol === 6;

await describeInNamespace(import.meta.url, 'flows', () => {
  let cluster: TestCluster;
  let base: ClusterState;
  beforeAll(async () => {
    cluster = await startCluster();
    if (subject === undefined || mate === undefined) throw new Error('no pods');
    for (const pod of [subject, mate]) addPod(pod);
    base = { ...cluster.state, pods: [...cluster.state.pods, { ...mate, gateway: 'gw' }, subject] };
    await cluster.apply(base);
  });
  beforeEach(() => forgetArrivals());

  const selected = (gateway: string): ClusterState => ({
    ...base,
    pods: base.pods.map((pod) => (pod.name === 'subject' ? { ...pod, gateway } : pod)),
  });
  const end = (node: TestNode, state: ClusterState) => {
    const { conntrack, select } = cluster.agent(node);
    return endFlows(conntrack, select(state));
  };
  const say = (pod: string, sourcePort: number) =>
    exchange(`pod-${pod}`, { protocol: 'udp', to: outside.ip, sourcePort, waitMs: 300 });
  /** One flow that speaks every 5 ms for two seconds, while `change` is made in its middle. */
  const during = async (pods: readonly string[], change: () => Promise<unknown>): Promise<readonly Exchange[]> => {
    const talk = (pod: string) =>
      exchange(`pod-${pod}`, { protocol: 'tcp', to: outside.ip, count: 400, intervalMs: 5, waitMs: 1_000 });
    const connected = async () => (await cluster.agent(third).conntrack.list()).filter(isTcp).length;
    const before = await connected();
    const flows = Promise.all(pods.map(talk));
    await waitUntil(async () => (await connected()) === before + pods.length, { what: 'flows', limit: 10_000 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await change();
    return await flows;
  };

  it('what left before its pod was selected is dropped, until its flow is ended: then it leaves as it should', async () => {
    expect(await say('subject', 43_001)).toMatchObject({ sources: [`${third.ip} 43001`] });
    forgetArrivals();
    const slipped = counter(third.name, 'slipped');
    await cluster.apply(selected('gw'));
    expect(await say('subject', 43_001)).toMatchObject({ received: 0 });
    expect(arrivals()).toEqual({});
    expect(counter(third.name, 'slipped') - slipped).toBe(1);
    expect((await end(third, selected('gw'))).ended).toBe(1);
    expect(await say('subject', 43_001)).toMatchObject({ sources: [`${gw.ipv4} 43001`] });
    expect(Object.keys(arrivals())).toEqual([gw.ipv4]);
  });

  it("a pod that lost its right loses its flows at the pod hop, and no other pod's flow suffers", async () => {
    await cluster.apply(selected('gw'));
    await say('subject', 43_002);
    await say('mate', 43_003);
    const flowsOf = async (name: string) => {
      const pod = base.pods.find((one) => one.name === name);
      return (await cluster.agent(third).conntrack.list()).filter(({ source }) => source === pod?.ip).length;
    };
    const [lost, kept] = await during(['subject', 'mate'], async () => {
      const before = { subject: await flowsOf('subject'), mate: await flowsOf('mate') };
      await cluster.apply(base);
      expect((await end(third, base)).ended).toBe(before.subject);
      expect(await flowsOf('mate')).toBe(before.mate);
    });
    expect(kept).toMatchObject({ sent: 400, received: 400, errors: [] });
    expect(lost?.received).toBeLessThan(400);
    expect(lost?.sources.every((source) => source.startsWith(gw.ipv4))).toBe(true);
    expect(await say('mate', 43_003)).toMatchObject({ sources: [`${gw.ipv4} 43003`] });
    expect(await say('subject', 43_002)).toMatchObject({ sources: [`${third.ip} 43002`] });
  });

  it('a rule that leads elsewhere moves new flows; those of a rule that still leads there stay', async () => {
    const narrow = { cidr: '198.51.100.0/24' };
    const moved = selected('gw');
    const state: ClusterState = {
      ...moved,
      rules: { ...moved.rules, gx: [{ podSelector: { matchLabels: { gateway: 'gw' } }, destinations: [narrow] }] },
    };
    await cluster.apply(moved);
    await end(third, moved);
    const [kept] = await during(['subject'], async () => {
      await cluster.apply(state);
      await end(third, state);
      expect(await say('subject', 43_004)).toMatchObject({ sources: [`${gx.ipv4} 43004`] });
    });
    expect(kept).toMatchObject({ sent: 400, received: 400, errors: [] });
    await cluster.apply(base);
  });

  it('the gateway hop forgets the flows of an identity that is no more', async () => {
    const marked = async () => (await cluster.agent(owner).conntrack.list()).filter(({ mark }) => mark === gw.id);
    await say('mate', 43_005);
    expect((await marked()).length).toBeGreaterThan(0);
    const state: ClusterState = { ...base, placed: ['gx'] };
    await cluster.apply(state);
    await end(owner, state);
    expect(await marked()).toEqual([]);
    await cluster.apply(base);
  });

  describe('a change that concerns others costs an established flow nothing', () => {
    const refusing: ClusterState['rules'] = { lost: [{ podSelector: { matchLabels: { gateway: 'lost' } } }] };
    const without = (): ClusterState => ({ ...base, rules: { ...base.rules, ...refusing } });
    const steps: readonly (readonly [string, () => ClusterState])[] = [
      ['one more pod', () => ({ ...without(), pods: selected('lost').pods })],
      [
        'one more rule',
        () => ({ ...without(), rules: { ...without().rules, gx: [{ destinations: [{ cidr: '203.0.113.0/24' }] }] } }),
      ],
      ['one Gateway less', () => ({ ...without(), placed: ['gw'] })],
    ];

    it.each(steps)('%s', async (_, changed) => {
      const talk = (pod: string) =>
        exchange(`pod-${pod}`, { protocol: 'udp', to: outside.ip, count: 1_000, intervalMs: 2, waitMs: 1_000 });
      await cluster.apply({ ...without(), pods: selected('lost').pods });
      await say('subject', 43_006);
      const refused = counter(third.name, 'refused');
      expect(refused).toBeGreaterThan(0);
      const flows = Promise.all(['mate', 'node-1', 'node-2'].map(talk));
      await new Promise((resolve) => setTimeout(resolve, 700));
      await cluster.apply(changed());
      await cluster.apply(base);
      for (const flow of await flows) {
        expect(flow).toMatchObject({ sent: 1_000, received: 1_000 });
        expect(flow.sources.length).toBe(1);
      }
      expect(counter(third.name, 'refused')).toBe(refused);
    });
  });
});
