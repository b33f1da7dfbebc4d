import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Flow } from '../../src/dataplane/conntrack/model.ts';
import { graceMs } from '../../src/failover/seat.ts';
import { startProcess, waitUntil } from '../support/child-process.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { exchange } from '../support/dataplane/exchange.ts';
import { inside } from '../support/dataplane/network.ts';
import { counter } from '../support/dataplane/observe.ts';
import { gateways, outside, owner, standby, type TestNode, third } from '../support/dataplane/places.ts';
import { moveGroup, startReplication, type TestReplication } from '../support/dataplane/replication.ts';
import { describeInNamespace } from '../support/netns.ts';

const { gw } = gateways;
const isTransit = ({ source }: Flow) => /^(198\.1[89]\.|fd5a:)/.test(source);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A server that says one word, seconds after somebody connected, and a Pod that only listens. */
function waitForWord(seconds: number): Promise<string> {
  const server = `TCP-LISTEN:9000,reuseaddr,fork SYSTEM:"sleep ${seconds}; echo late"`;
  startProcess(['nsenter', `--net=/run/netns/${outside.name}`, 'socat', ...server.split(/ (.*)/, 2)], '/dev/null');
  const client = ['socat', '-u', `TCP:${outside.ip}:9000,sourceport=45011,retry=20,interval=0.1`, '-'];
  return promisify(execFile)('nsenter', [`--net=/run/netns/pod-${third.name}`, ...client]).then(({ stdout }) => stdout);
}

await describeInNamespace(import.meta.url, 'flows of the gateway hop', () => {
  let cluster: TestCluster;
  const replications: TestReplication[] = [];
  let spawned: () => readonly string[] = () => [];
  beforeAll(async () => {
    cluster = await startCluster();
    const pair = [owner, standby];
    replications.push(
      ...(await Promise.all(pair.map((node) => startReplication(node, cluster.agent(node), cluster.state)))),
    );
    spawned = () => replications.flatMap(({ commands }, n) => commands.map((line) => `${pair[n]?.name} ${line}`));
    const begun = (node: TestNode, what: string) => spawned().some((line) => line === `${node.name} ${what}`);
    const asked = (what: string) =>
      spawned().some((line) => line.startsWith(`${owner.name} conntrackd`) && line.endsWith(what));
    await waitUntil(async () => begun(owner, 'ip -o addr show') && asked('-B'), {
      what: 'conntrackd of the owner',
      limit: 10_000,
    });
    const fetched = () =>
      spawned().some((line) => line.startsWith(`${standby.name} conntrackd`) && line.endsWith('-n'));
    await waitUntil(async () => fetched(), { what: "the standby's first fetch", limit: 15_000 });
  });
  afterAll(async () => {
    await Promise.all(replications.map((replication) => replication[Symbol.asyncDispose]()));
  });

  const flowsOf = async (node: TestNode, port: number) =>
    (await cluster.agent(node).conntrack.list()).filter((flow) => isTransit(flow) && flow.sourcePort === port);
  const isCopied =
    (port: number, count = 1) =>
    async () =>
      (await flowsOf(standby, port)).length === count;
  /** A connection of some seconds, a message every 20 ms. */
  const talk = (port: number, seconds: number, to: string = outside.ip) =>
    exchange(`pod-${third.name}`, {
      protocol: 'tcp',
      to,
      sourcePort: port,
      count: seconds * 50,
      intervalMs: 20,
      waitMs: 5_000,
    });

  it('are on the standby within a second after they are established, as they are, and gone when they end', async () => {
    const talks = [talk(45_001, 2), talk(45_001, 2, outside.ip6)];
    await waitUntil(async () => (await flowsOf(owner, 45_001)).filter(({ assured }) => assured).length === 2, {
      what: 'two connections',
    });
    await waitUntil(isCopied(45_001, 2), { what: 'their copies', limit: 1_000 });
    const essence = (flows: readonly Flow[]) => flows.map(({ timeout: _, ...flow }) => JSON.stringify(flow)).toSorted();
    expect(essence(await flowsOf(standby, 45_001))).toEqual(essence(await flowsOf(owner, 45_001)));
    expect((await flowsOf(standby, 45_001)).map(({ reply }) => reply.destination).toSorted()).toEqual([
      gw.ipv4,
      gw.ipv6,
    ]);
    for (const each of await Promise.all(talks)) expect(each).toMatchObject({ received: 100 });
    const isTold = async () => {
      const states = (await flowsOf(standby, 45_001)).map(({ state }) => state);
      return !states.includes('ESTABLISHED');
    };
    await cluster
      .agent(owner)
      .conntrack.remove((await flowsOf(owner, 45_001)).map((flow) => ({ kind: 'exact', flow })));
    await waitUntil(isTold, { what: 'the end of both', limit: 1_000 });
  });

  it('that lose their right to leave end on both', async () => {
    const talking = talk(45_002, 3);
    await waitUntil(isCopied(45_002), { what: 'the copy', limit: 2_000 });
    expect(
      await cluster.agent(owner).conntrack.remove([{ kind: 'mark', family: 4, mark: gw.id, mask: 0x1fff }]),
    ).toBeGreaterThan(0);
    await waitUntil(isCopied(45_002, 0), { what: 'its end', limit: 1_000 });
    await talking;
  });

  it('are forgotten by who owns no more, and fetched anew, while they live with the new owner', async () => {
    // What only the old owner has, and what nobody told the other of: outside of the group's own transit range.
    const stale = ['-s', '198.18.200.200', '-d', outside.ip, '--sport', '45009', '--dport', '7'];
    inside(owner.name)('conntrack', ['-I', '-p', 'udp', ...stale, '-t', '600', '-m', `${gw.id}`]);
    // One that nobody would make anew if it were ended.
    const quiet = ['-s', '198.18.32.200', '-d', outside.ip, '--sport', '45010', '--dport', '7'];
    inside(owner.name)('conntrack', ['-I', '-p', 'udp', ...quiet, '-u', 'ASSURED', '-t', '600', '-m', `${gw.id}`]);
    const talking = talk(45_003, 12);
    const word = waitForWord(4);
    await waitUntil(isCopied(45_011), { what: 'the copy of one in which the outside will speak', limit: 3_000 });
    await waitUntil(isCopied(45_010), { what: 'the quiet copy', limit: 2_000 });
    await waitUntil(isCopied(45_003), { what: 'the copy', limit: 2_000 });
    await sleep(1_000);
    moveGroup(owner, standby);
    const moved = performance.now();
    const missed: string[] = [];
    const isForgotten = async () => {
      if ((await flowsOf(standby, 45_003)).length === 0) missed.push('new owner');
      return (await flowsOf(owner, 45_009)).length === 0;
    };
    await waitUntil(isForgotten, { what: 'the old owner to forget', limit: graceMs + 5_000 });
    expect(performance.now() - moved).toBeGreaterThan(graceMs - 500);
    await waitUntil(async () => (await flowsOf(owner, 45_003)).length === 1, {
      what: 'the copy at the old owner',
      limit: 2_000,
    });
    await sleep(500);
    expect(missed).toEqual([]);
    for (const node of [owner, standby]) expect(await flowsOf(node, 45_010)).toHaveLength(1);
    expect(await word).toBe('late\n');
    expect(await talking).toMatchObject({ sent: 600, received: 600, errors: [] });
    expect(await flowsOf(standby, 45_003)).toHaveLength(1);
  });

  it('cost no process while nothing moves', async () => {
    await sleep(1_500);
    const before = spawned().length;
    await sleep(2_000);
    // But what it is asked for metrics, every 10 s.
    expect(
      spawned()
        .slice(before)
        .filter((line) => !/ -s( |$)/.test(line)),
    ).toEqual([]);
  });

  it("conntrackd hears its peer alone, and not with another's packets", () => {
    const before = counter(owner.name, 'sync_stranger');
    const send = (from: string, to: string) =>
      inside(from)('sh', ['-c', `echo hostile | socat -u - UDP4-SENDTO:${to}:8481`]);
    send(outside.name, owner.ip);
    send(third.name, owner.ip);
    send(`pod-${owner.name}`, owner.ip);
    expect(counter(owner.name, 'sync_stranger') - before).toBe(3);
    send(standby.name, owner.ip);
    expect(counter(owner.name, 'sync_stranger') - before).toBe(3);
  });
});
