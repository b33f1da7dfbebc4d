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

/** The partner's router answers no questions of the node from now on, neither ARP's nor ND's. */
function deafen(...nodes: readonly TestNode[]): void {
  const macs = nodes.map(({ name }) => {
    const [link] = parseNodeLinks(inside(name)('ip', ['-j', 'addr', 'show', 'dev', partner.device]));
    if (link?.mac === undefined) throw new Error(`${name} has no ${partner.device}`);
    return link.mac;
  });
  const commands = [
    ['arp', (mac: string) => `arp saddr ether ${mac} drop`] as const,
    ['ip6', (mac: string) => `ether saddr ${mac} icmpv6 type nd-neighbor-solicit drop`] as const,
  ].flatMap(([family, drop]) => [
    `add table ${family} deaf`,
    `flush table ${family} deaf`,
    `add chain ${family} deaf input { type filter hook input priority 0; }`,
    ...macs.map((mac) => `add rule ${family} deaf input ${drop(mac)}`),
  ]);
  inside(partner.name)('nft', ['-f', '-'], [...commands, ''].join('\n'));
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
    const [holder = ''] = holdersOf(partnerGateway.ipv4);
    expect(inside(holder)('ip', ['-br', 'addr', 'show', 'dev', partner.device])).toContain(partnerGateway.ipv4);
    expect(inside(holder)('ip', ['-br', 'addr', 'show', 'dev', 'eth0'])).not.toContain(partnerGateway.ipv4);
    const counted = inside(partner.name)('nft', ['list', 'table', 'arp', 'garp']);
    expect(Number(/packets (\d+)/.exec(counted)?.[1])).toBeGreaterThan(0);
  });

  /** Who has the addresses of both groups now: on a busy machine they may have moved without need. */
  const owners = async () => {
    const one = async (address: string) => {
      let found: readonly string[] = [];
      const isOne = async () => {
        found = holdersOf(address);
        return found.length === 1;
      };
      await waitUntil(isOne, { what: `one owner of ${address}`, limit: 15_000 });
      return candidates.find(({ name }) => name === found[0]) ?? owner;
    };
    return { world: await one(gateways.gw.ipv4), second: await one(partnerGateway.ipv4) };
  };
  const heirOf = (node: TestNode) => (node === owner ? standby : owner);
  const stateOf = (node: TestNode) => readFile(failoverFiles(files.get(node) ?? '').state, 'utf8');
  const says = (node: TestNode, text: string) =>
    waitUntil(async () => (await stateOf(node)).startsWith(text), { what: JSON.stringify(text), limit: 15_000 });

  it('a dead next hop moves the groups of its network, and no other', async () => {
    const { world, second } = await owners();
    deafen(second);
    await says(second, `running\ndead ${partner.device}-${partner.router}-${partner.router6}\n`);
    await heldBy(partnerGateway.ipv4, [heirOf(second)], 'the heir');
    expect(holdersOf(gateways.gw.ipv4)).toEqual([world.name]);
    deafen();
    await says(second, 'running\nreplicates');
  });

  it('so does a link that is down', async () => {
    const { world, second } = await owners();
    inside(second.name)('ip', ['link', 'set', partner.device, 'down']);
    await heldBy(partnerGateway.ipv4, [heirOf(second)], 'the other one');
    expect(holdersOf(gateways.gw.ipv4)).toEqual([world.name]);
    inside(second.name)('ip', ['link', 'set', partner.device, 'up']);
  });

  it('an interface that is gone takes nothing else down: the file names what is there', async () => {
    const { world, second } = await owners();
    inside(second.name)('ip', ['link', 'del', partner.device]);
    await heldBy(partnerGateway.ipv4, [heirOf(second)], 'the one with the interface');
    await write(second);
    await pause(1_500);
    expect(holdersOf(gateways.gw.ipv4)).toEqual([world.name]);
    // Naming it would end all of keepalived (2.2.7).
    const config = failoverFiles(files.get(second) ?? '').keepalived;
    expect(await readFile(config, 'utf8')).not.toContain(partner.device);
    const parsed = inside(second.name)('sh', ['-c', 'keepalived -t -f "$1" 2>&1; echo $?', 'sh', config]);
    expect(parsed.trim().split('\n').at(-1)).toBe('0');
  });
});
