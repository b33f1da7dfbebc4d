import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readFailoverState, writeKeepalivedFile, writeNextHopsFile } from '../../src/agent/keepalived-file.ts';
import { createNextHopCache } from '../../src/agent/next-hops.ts';
import { failoverFiles } from '../../src/dataplane/vrrp/files.ts';
import { hopQuestions } from '../../src/dataplane/vrrp/next-hops.ts';
import { runFailover } from '../../src/failover/run.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { makeFolder } from '../../src/platform/folders.ts';
import { waitUntil } from '../support/child-process.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { inside } from '../support/dataplane/network.ts';
import { gateways, outside, owner, standby, type TestNode } from '../support/dataplane/places.ts';
import { runnerIn } from '../support/dataplane/program.ts';
import { describeInNamespace } from '../support/netns.ts';
import { silentLog } from '../support/silent-log.ts';

const holds = (node: TestNode) =>
  inside(node.name)('ip', ['-br', 'addr', 'show', 'dev', 'eth0']).includes(` ${gateways.gw.ipv4}/`);
const owners = () => [owner, standby].filter(holds).map(({ name }) => name);
const router = inside(outside.name);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The router answers no questions of these nodes from now on; everything else goes on, VRRP between the nodes too. */
function deafen(...nodes: readonly TestNode[]): void {
  const drops = nodes.map(({ ip }) => `add rule arp deaf input arp saddr ip ${ip} drop`);
  const chain = 'add chain arp deaf input { type filter hook input priority 0; }';
  router('nft', ['-f', '-'], ['add table arp deaf', 'flush table arp deaf', chain, ...drops, ''].join('\n'));
}

/** The same of IPv6 alone. */
function deafen6(...nodes: readonly TestNode[]): void {
  const drops = nodes.flatMap(({ index, ip6 }) =>
    [ip6, `fe80::${index}`].map((ip) => `add rule ip6 deaf input icmpv6 type nd-neighbor-solicit ip6 saddr ${ip} drop`),
  );
  const chain = 'add chain ip6 deaf input { type filter hook input priority 0; }';
  router('nft', ['-f', '-'], ['add table ip6 deaf', 'flush table ip6 deaf', chain, ...drops, ''].join('\n'));
}

await describeInNamespace(import.meta.url, 'a dead next hop', () => {
  let cluster: TestCluster;
  const stop = new AbortController();
  const running: Promise<void>[] = [];
  const runDirs = new Map<string, string>();
  /** Routers that do not answer while the other family's does, as the failover process tells the agent. */
  const silentOf = async ({ name }: TestNode) => {
    const { silent = [] } = await readFailoverState(runDirs.get(name) ?? '');
    return silent.map(({ address }) => address);
  };
  /** The failover process of a candidate, with the files of its agent. */
  const startFailover = async (node: TestNode) => {
    const runDir = await mkdtemp(join(tmpdir(), `${node.name}-`));
    const runner = runnerIn(node.name);
    const { plan } = cluster.agent(node).select(cluster.state);
    await makeFolder(failoverFiles(runDir).folder);
    await writeNextHopsFile(runDir, await createNextHopCache(runner).read(hopQuestions(plan, 'eth0')));
    await writeKeepalivedFile(runDir, plan, 'eth0');
    runDirs.set(node.name, runDir);
    running.push(runFailover({ runDir, runner, clock: systemClock, log: silentLog, signal: stop.signal }));
  };
  const untilSilent = (node: TestNode, routers: readonly string[]) =>
    waitUntil(async () => `${await silentOf(node)}` === `${routers}`, { what: `silent: ${routers}`, limit: 10_000 });
  const ownedBy = (nodes: readonly TestNode[], what: string) =>
    waitUntil(async () => `${owners()}` === `${nodes.map(({ name }) => name)}`, { what, limit: 15_000 });

  beforeAll(async () => {
    cluster = await startCluster(() => {});
    await startFailover(owner);
    await ownedBy([owner], 'an owner');
    await startFailover(standby);
    // Both have heard the router, and nobody was disturbed by that.
    await pause(2_500);
    expect(owners()).toEqual([owner.name]);
  });
  afterAll(async () => {
    stop.abort();
    await Promise.all(running);
  });

  it('of one family alone: the group has the other, and stays; the router that is silent is named', async () => {
    expect(await silentOf(owner)).toEqual([]);
    deafen6(owner, standby);
    await pause(4_000);
    expect(owners()).toEqual([owner.name]);
    expect(await silentOf(owner)).toEqual([outside.router6]);
    const entry = inside(owner.name)('ip', ['neigh', 'show', 'to', outside.router6, 'dev', 'eth0']);
    expect(entry).toMatch(/PROBE|FAILED|INCOMPLETE/);
    deafen6();
    await pause(2_500);
    expect(inside(owner.name)('ip', ['neigh', 'show', 'to', outside.router6, 'dev', 'eth0'])).toMatch(
      /managed.*REACHABLE/,
    );
    deafen(owner);
    await untilSilent(owner, [outside.router]);
    expect(owners()).toEqual([owner.name]);
    deafen();
    await untilSilent(owner, []);
  });

  it('of the owner: the standby takes over, and keeps the group when the owner is well again', async () => {
    deafen(owner);
    deafen6(owner);
    const begun = performance.now();
    await ownedBy([standby], 'the heir');
    expect(performance.now() - begun).toBeGreaterThan(2_000);
    deafen();
    deafen6();
    await pause(4_500);
    expect(owners()).toEqual([standby.name]);
  });

  it('of both: nobody owns; whoever is well again first does', async () => {
    deafen(owner, standby);
    deafen6(owner, standby);
    await ownedBy([], 'nobody');
    await pause(3_000);
    expect(owners()).toEqual([]);
    // By IPv6 alone.
    deafen6(standby);
    await ownedBy([owner], 'the first that is well');
    deafen();
    deafen6();
  });
});
