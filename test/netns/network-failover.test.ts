import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeKeepalivedFile, writeNextHopsFile } from '../../src/agent/keepalived-file.ts';
import { withoutAbsent } from '../../src/agent/network-problems.ts';
import { createNextHopCache } from '../../src/agent/next-hops.ts';
import { parseNodeLinks } from '../../src/agent/node-addresses.ts';
import { failoverFiles } from '../../src/dataplane/vrrp/files.ts';
import { hopQuestions } from '../../src/dataplane/vrrp/next-hops.ts';
import { runFailover } from '../../src/failover/run.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { makeFolder } from '../../src/platform/folders.ts';
import { waitUntil } from '../support/child-process.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { inside } from '../support/dataplane/network.ts';
import { buildPartner, partner, partnerGateway, withPartner } from '../support/dataplane/partner.ts';
import { gateways, owner, standby, type TestNode } from '../support/dataplane/places.ts';
import { runnerIn } from '../support/dataplane/program.ts';
import { describeInNamespace } from '../support/netns.ts';
import { silentLog } from '../support/silent-log.ts';

const candidates = [owner, standby];
const addressesOf = (node: TestNode) => inside(node.name)('ip', ['-br', 'addr', 'show']);
const holdersOf = (address: string) =>
  candidates.filter((node) => addressesOf(node).includes(` ${address}/`)).map(({ name }) => name);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The partner's router answers no questions of the node from now on. */
function deafen(...nodes: readonly TestNode[]): void {
  const drops = nodes.map(({ index }) => `add rule arp deaf input arp saddr ip 172.30.0.${index + 10} drop`);
  const chain = 'add chain arp deaf input { type filter hook input priority 0; }';
  inside(partner.name)(
    'nft',
    ['-f', '-'],
    ['add table arp deaf', 'flush table arp deaf', chain, ...drops, ''].join('\n'),
  );
}

await describeInNamespace(import.meta.url, 'failover on two networks', () => {
  let cluster: TestCluster;
  const stop = new AbortController();
  const running: Promise<void>[] = [];
  const files = new Map<TestNode, string>();

  /** What an agent writes for the failover process, with the links that the node has now. */
  const write = async (node: TestNode) => {
    const runDir = files.get(node) ?? '';
    const runner = runnerIn(node.name);
    const { plan } = cluster.agent(node).select(withPartner(cluster.state));
    const links = parseNodeLinks((await runner.run('ip', ['-j', 'addr', 'show'])).stdout);
    await writeNextHopsFile(runDir, await createNextHopCache(runner).read(hopQuestions(plan, 'eth0')));
    await writeKeepalivedFile(runDir, withoutAbsent(plan, links), 'eth0');
  };
  const startFailover = async (node: TestNode) => {
    const runDir = await mkdtemp(join(tmpdir(), `${node.name}-`));
    files.set(node, runDir);
    await makeFolder(failoverFiles(runDir).folder);
    await write(node);
    running.push(
      runFailover({ runDir, runner: runnerIn(node.name), clock: systemClock, log: silentLog, signal: stop.signal }),
    );
  };
  const heldBy = (address: string, nodes: readonly TestNode[], what: string) =>
    waitUntil(async () => `${holdersOf(address)}` === `${nodes.map(({ name }) => name)}`, { what, limit: 15_000 });

  beforeAll(async () => {
    cluster = await startCluster(() => {});
    await buildPartner();
    await cluster.apply(withPartner(cluster.state));
    const arp = 'add rule arp garp input arp saddr ip 172.30.0.100 counter';
    const chain = 'add chain arp garp input { type filter hook input priority 0; }';
    inside(partner.name)('nft', ['-f', '-'], ['add table arp garp', chain, arp, ''].join('\n'));
    await startFailover(owner);
    await heldBy(gateways.gw.ipv4, [owner], 'an owner');
    await heldBy(partnerGateway.ipv4, [owner], 'an owner of the second network');
    await startFailover(standby);
    await pause(2_500);
  });
  afterAll(async () => {
    stop.abort();
    await Promise.all(running);
  });

  it('the egress address is on its interface, and announced there', () => {
    expect(inside(owner.name)('ip', ['-br', 'addr', 'show', 'dev', partner.device])).toContain(partnerGateway.ipv4);
    expect(inside(owner.name)('ip', ['-br', 'addr', 'show', 'dev', 'eth0'])).not.toContain(partnerGateway.ipv4);
    const counted = inside(partner.name)('nft', ['list', 'table', 'arp', 'garp']);
    expect(Number(/packets (\d+)/.exec(counted)?.[1])).toBeGreaterThan(0);
  });

  it('a dead next hop moves the groups of its network, and no other', async () => {
    deafen(owner);
    await heldBy(partnerGateway.ipv4, [standby], 'the heir');
    expect(holdersOf(gateways.gw.ipv4)).toEqual([owner.name]);
    const state = failoverFiles(files.get(owner) ?? '').state;
    expect(await readFile(state, 'utf8')).toBe(`running\ndead ${partner.device}-${partner.router}\n`);
    deafen();
    await waitUntil(async () => (await readFile(state, 'utf8')) === 'running\n', { what: 'alive', limit: 15_000 });
  });

  it('so does a link that is down', async () => {
    inside(standby.name)('ip', ['link', 'set', partner.device, 'down']);
    await heldBy(partnerGateway.ipv4, [owner], 'the other one');
    expect(holdersOf(gateways.gw.ipv4)).toEqual([owner.name]);
    inside(standby.name)('ip', ['link', 'set', partner.device, 'up']);
  });

  it('an interface that is gone takes nothing else down, whether keepalived runs or starts', async () => {
    inside(owner.name)('ip', ['link', 'del', partner.device]);
    await heldBy(partnerGateway.ipv4, [standby], 'the one with the interface');
    await write(owner);
    await pause(1_500);
    expect(holdersOf(gateways.gw.ipv4)).toEqual([owner.name]);
    // A file that names it would end all of keepalived (2.2.7); this one does not.
    const config = failoverFiles(files.get(owner) ?? '').keepalived;
    expect(await readFile(config, 'utf8')).not.toContain(partner.device);
    const parsed = inside(owner.name)('sh', ['-c', 'keepalived -t -f "$1" 2>&1; echo $?', 'sh', config]);
    expect(parsed.trim().split('\n').at(-1)).toBe('0');
  });
});
