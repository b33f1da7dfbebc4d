import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createRouters } from '../../src/agent/routers.ts';
import { graceMs } from '../../src/failover/seat.ts';
import { waitUntil } from '../support/child-process.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { exchange } from '../support/dataplane/exchange.ts';
import { startKeepalived, type TestKeepalived } from '../support/dataplane/keepalived.ts';
import { inside } from '../support/dataplane/network.ts';
import { arrivals, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, nodes, outside, owner, standby, type TestNode, tunnelAddress } from '../support/dataplane/places.ts';
import { type ClusterState, runnerIn } from '../support/dataplane/program.ts';
import { startReplication, type TestReplication } from '../support/dataplane/replication.ts';
import { describeInNamespace } from '../support/netns.ts';

const { gw } = gateways;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const holds = (node: TestNode, address: string) =>
  inside(node.name)('ip', ['-br', 'addr', 'show', 'dev', 'eth0']).includes(` ${address}/`);
const isOwner = (node: TestNode) => holds(node, tunnelAddress) && holds(node, gw.ipv4) && holds(node, gw.ipv6);

const messages = 500;
/** Every Pod, in both families, at once: so few that nobody's socket overflows on a busy machine, so many that a gap of 10 ms shows. */
async function talkOfAll(): Promise<readonly string[]> {
  const talk = async (node: TestNode, protocol: 'udp' | 'tcp', to: string) => {
    const options = { protocol, to, count: messages, intervalMs: 10, waitMs: 5_000 };
    const { sent, received, sources, errors } = await exchange(`pod-${node.name}`, options);
    return [
      `${protocol} of ${node.name} to ${to}: ${sent - received} of ${sent} lost, ${sources.length} source(s)`,
      ...errors,
    ].join(', ');
  };
  return await Promise.all(
    nodes.flatMap((node) => [outside.ip, outside.ip6].flatMap((to) => [talk(node, 'udp', to), talk(node, 'tcp', to)])),
  );
}
const nothingLost = nodes.flatMap((node) =>
  [outside.ip, outside.ip6].flatMap((to) => [
    `udp of ${node.name} to ${to}: 0 of ${messages} lost, 1 source(s)`,
    `tcp of ${node.name} to ${to}: 0 of ${messages} lost, 1 source(s)`,
  ]),
);

await describeInNamespace(import.meta.url, 'a planned move loses nothing', () => {
  let cluster: TestCluster;
  const daemons = new Map<TestNode, TestKeepalived>();
  const replications: TestReplication[] = [];
  const start = (node: TestNode) => daemons.set(node, startKeepalived(node, cluster.agent(node), cluster.state));
  beforeAll(async () => {
    cluster = await startCluster(() => {});
    for (const node of [owner, standby])
      await createRouters({ runner: runnerIn(node.name) }).keep(cluster.agent(node).select(cluster.state).plan, 'eth0');
    start(owner);
    await waitUntil(async () => isOwner(owner), { what: 'an owner', limit: 20_000 });
    start(standby);
    for (const node of [owner, standby])
      replications.push(await startReplication(node, cluster.agent(node), cluster.state));
    await waitUntil(async () => replications[1]?.commands.some((line) => line.endsWith('-n')) === true, {
      what: "the standby's first fetch",
      limit: 15_000,
    });
  });
  afterAll(async () => {
    await Promise.all(replications.map((replication) => replication[Symbol.asyncDispose]()));
    await Promise.all([...daemons.values()].map(({ process }) => process.end('SIGTERM', 3_000)));
  });
  beforeEach(() => forgetArrivals());

  const lossOf = (lines: readonly string[]) => lines.filter((line) => !nothingLost.includes(line)).join('; ');
  const reload = (state: ClusterState) => {
    for (const keepalived of daemons.values()) keepalived.reload(state);
  };
  const move = async (from: TestNode, to: TestNode) => {
    const candidates = [from.name, to.name];
    const talking = talkOfAll();
    await sleep(3_000);
    reload({ ...cluster.state, candidates, handover: true });
    await waitUntil(async () => isOwner(to) && !holds(from, gw.ipv6), { what: 'the heir', limit: 10_000 });
    reload({ ...cluster.state, candidates: candidates.toReversed() });
    const lost = lossOf(await talking);
    expect(lost, lost).toBe('');
    expect(Object.keys(arrivals()).toSorted()).toEqual([gw.ipv4, gw.ipv6]);
  };

  it('when its owner hands over', async () => await move(owner, standby));

  it('and back', async () => {
    await sleep(graceMs + 2_000);
    await move(standby, owner);
  });
});
