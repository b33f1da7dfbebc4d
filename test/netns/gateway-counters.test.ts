import { beforeAll, expect, it } from 'vitest';
import { countFlows } from '../../src/dataplane/conntrack/count.ts';
import { groupMark, marksOf } from '../../src/dataplane/desired/names.ts';
import { readCounters } from '../../src/dataplane/nft/counters.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { exchange } from '../support/dataplane/exchange.ts';
import { gateways, nodes, outside, owner, podPlace, type TestNode, third } from '../support/dataplane/places.ts';
import { runnerIn } from '../support/dataplane/program.ts';
import { describeInNamespace } from '../support/netns.ts';

const table = { family: 'inet', name: 'sallyport' } as const;
const { gw, gx } = gateways;

await describeInNamespace(import.meta.url, 'what is counted of a Gateway', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
    // The owner asks for its router's MAC in the name of the address: the answer to that is received, too.
    for (const to of [outside.ip, outside.ip6])
      await exchange(`pod-${third.name}`, { protocol: 'udp', to, waitMs: 2_000 });
  });

  const packets = async (node: TestNode, name: string) =>
    (await readCounters(runnerIn(node.name), table)).get(name)?.packets;
  const both = async (id: number) => [await packets(owner, `sent_${id}`), await packets(owner, `received_${id}`)];

  it.each([
    ['a third node', third.name, outside.ip],
    ['a third node', third.name, outside.ip6],
    ['the owner itself', owner.name, outside.ip],
    ['the owner itself', owner.name, outside.ip6],
  ])('packets from a Pod of %s (%s) to %s, and their answers, each once', async (_, node, to) => {
    const [sent = 0, received = 0] = await both(gw.id);
    const talk = await exchange(`pod-${node}`, { protocol: 'udp', to, count: 7, waitMs: 2_000 });
    expect(talk).toMatchObject({ sent: 7, received: 7 });
    expect(await both(gw.id)).toEqual([sent + 7, received + 7]);
    expect(await both(gx.id)).toEqual([0, 0]);
  });

  it('bytes are those of whole IP packets', async () => {
    const before = (await readCounters(runnerIn(owner.name), table)).get(`sent_${gw.id}`)?.bytes ?? 0;
    await exchange(`pod-${third.name}`, { protocol: 'udp', to: outside.ip, count: 2, size: 500, waitMs: 2_000 });
    const after = (await readCounters(runnerIn(owner.name), table)).get(`sent_${gw.id}`)?.bytes ?? 0;
    expect(after - before).toBe(2 * (500 + 8 + 20));
  });

  it('what belongs to no flow is received, too; other nodes count nothing of it', async () => {
    const [, received = 0] = await both(gx.id);
    await exchange(outside.name, { protocol: 'udp', to: gx.ipv4, count: 3, waitMs: 300 });
    expect(await packets(owner, `received_${gx.id}`)).toBe(received + 3);
    for (const { name } of nodes.filter((node) => node !== owner)) {
      const counters = await readCounters(runnerIn(name), table);
      expect(
        [...counters].filter(([counter, value]) => /^(sent|received)_\d/.test(counter) && value.packets > 0),
      ).toEqual([]);
    }
  });

  it('a change of the plan begins no counter anew, and a Gateway that goes takes its own along', async () => {
    const [sent = 0] = await both(gw.id);
    expect(sent).toBeGreaterThan(0);
    const more = podPlace('more', owner, 5);
    await cluster.apply({
      ...cluster.state,
      placed: ['gw'],
      pods: [...cluster.state.pods, { ...more, gateway: 'gw' }],
    });
    expect(await both(gw.id)).toEqual([sent, await packets(owner, `received_${gw.id}`)]);
    expect(await packets(owner, `sent_${gx.id}`)).toBeUndefined();
    await cluster.apply(cluster.state);
    expect(await both(gx.id)).toEqual([0, 0]);
    expect((await both(gw.id))[0]).toBe(sent);
  });

  it('flows and ports of the gateway hop alone, though a Pod of the owner has the same mark on both hops', async () => {
    for (const node of [third, owner])
      for (const sourcePort of [41_001, 41_002])
        await exchange(`pod-${node.name}`, { protocol: 'tcp', to: outside.ip, sourcePort, waitMs: 2_000 });
    const marks = marksOf(cluster.agent(owner).select(cluster.state).plan.marks.mask);
    const runner = runnerIn(owner.name);
    const found = await countFlows({
      ...{ runner, clock: systemClock, signal: new AbortController().signal },
      ...{ marks: [groupMark(marks, 1)], mask: marks.group, names: new Map([[gw.ipv4, 'gw']]) },
    });
    const flows = await cluster.agent(owner).conntrack.list();
    const expected = flows.filter(({ reply }) => reply.destination === gw.ipv4);
    expect(found.get('gw')?.flows).toBe(expected.length);
    // TCP flows from two nodes to one port; there are UDP flows, too.
    expect(found.get('gw')?.ports).toBe(expected.filter(({ protocol }) => protocol === 6).length);
    expect(found.get('gw')?.ports).toBe(4);
  });
});
