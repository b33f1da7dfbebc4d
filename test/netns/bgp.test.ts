import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BgpPlan, bgpHop, renderBgpPlan } from '../../src/dataplane/bgp/model.ts';
import type { BgpSession } from '../../src/dataplane/bgp/parse-protocols.ts';
import { failoverFiles } from '../../src/dataplane/vrrp/files.ts';
import { announceRoutes } from '../../src/failover/announce-routes.ts';
import { isBfdShared } from '../../src/failover/bird-trouble.ts';
import { shareAddresses } from '../../src/failover/share-addresses.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { makeFolder } from '../../src/platform/folders.ts';
import { waitUntil } from '../support/child-process.ts';
import { runnerIn } from '../support/dataplane/program.ts';
import { type FrrRouter, pathsOf, startScript, vtysh } from '../support/frr.ts';
import { addNamespace, describeInNamespace, tool } from '../support/netns.ts';
import { silentLog } from '../support/silent-log.ts';

const [tunnel, egress, egress6] = ['198.19.255.241', '172.29.7.16', '2001:db8:77::10'];
const subnets = ['172.30.0.0/24', '2001:db8:30::/64'];
const router: FrrRouter = { folder: '', asn: 65_000, id: '172.30.0.1', listen: subnets, remoteAsn: 65_001 };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A gateway node as BGP sees it: the failover process's part in it, and who has the tunnel address. */
interface Speaker {
  readonly address: string;
  readonly runDir: string;
  readonly run: ReturnType<typeof addNamespace>;
  readonly said: { sessions: readonly BgpSession[]; trouble?: string | undefined };
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

await describeInNamespace(import.meta.url, 'routes to the owner, announced to FRR', () => {
  let scratch = '';
  let outside: ReturnType<typeof addNamespace>;
  const speakers: Speaker[] = [];
  const at = (index: number): Speaker => {
    const speaker = speakers[index];
    if (speaker === undefined) throw new Error('no such node');
    return speaker;
  };

  const planOf = (id: string, asn = 65_000): BgpPlan => ({
    routerId: id,
    groups: [{ group: 1, address: tunnel, egress: [egress, egress6], peers: ['172.30.0.1', '2001:db8:30::1'] }],
    peers: [
      { address: '172.30.0.1', asn, localAsn: 65_001, bfd: false },
      { address: '2001:db8:30::1', asn, localAsn: 65_001, bfd: true },
    ],
  });
  const write = ({ runDir, address }: Speaker, asn?: number) =>
    writeFileSync(failoverFiles(runDir).bgp, renderBgpPlan(planOf(address, asn)));
  const start = async (index: number) => {
    const name = `node-${index}`;
    const run = addNamespace(name);
    plug(name);
    const address = `172.30.0.1${index}`;
    run('ip', ['addr', 'add', `${address}/24`, 'dev', 'eth0']);
    run('ip', ['addr', 'add', `2001:db8:30::1${index}/64`, 'dev', 'eth0', 'nodad']);
    const runDir = join(scratch, name);
    await makeFolder(failoverFiles(runDir).verdicts);
    const stop = new AbortController();
    const said: Speaker['said'] = { sessions: [] };
    const shells = { runner: runnerIn(name), clock: systemClock, log: silentLog, signal: stop.signal };
    const done = announceRoutes({
      ...shells,
      runDir,
      addresses: shareAddresses(shells),
      onVerdict: async () => {},
      onTrouble: (trouble) => {
        said.trouble = trouble;
      },
      onSessions: (sessions) => {
        said.sessions = sessions;
      },
    });
    speakers.push({ address, runDir, run, said, stop, done });
    write(at(speakers.length - 1));
  };
  const plug = (name: string) => {
    tool('ip', ['link', 'add', `q-${name}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name]);
    tool('ip', ['link', 'set', `q-${name}`, 'master', 'lan', 'up']);
    tool('ip', ['-n', name, 'link', 'set', 'eth0', 'up']);
  };
  const own = ({ run }: Speaker, does: 'add' | 'del') => run('ip', ['addr', does, `${tunnel}/32`, 'dev', 'lo']);
  const ask = (...commands: readonly string[]) => {
    const [program = '', ...args] = vtysh({ folder: `${scratch}/frr` }, ...commands);
    return outside(program, args);
  };
  const paths = () => pathsOf(ask(`show bgp ipv4 unicast ${egress}/32 json`));
  const goesTo = ({ address }: Speaker, limit = 10_000) =>
    waitUntil(async () => outside('ip', ['route', 'show', egress]).includes(`via ${address} `), {
      what: `the route to lead to ${address}`,
      limit,
    });
  const untilPaths = (...wanted: readonly Speaker[]) =>
    waitUntil(async () => `${paths()}` === `${wanted.map(({ address }) => address)}`, {
      what: `paths by ${wanted.map(({ address }) => address).join(', ') || 'nobody'}`,
      limit: 12_000,
    });
  const verdict = ({ runDir }: Speaker) => {
    const path = failoverFiles(runDir).verdict(bgpHop(1));
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : 'none';
  };
  const untilVerdict = (speaker: Speaker, wanted: string) =>
    waitUntil(async () => verdict(speaker) === wanted, { what: `verdict ${wanted}`, limit: 15_000 });

  const untilUp = (speaker: Speaker, four: boolean, six: boolean) =>
    waitUntil(async () => `${speaker.said.sessions.map(({ established }) => established)}` === `${[four, six]}`, {
      what: `sessions ${four} ${six}`,
      limit: 15_000,
    });

  const killBird = ({ run, runDir }: Speaker) => {
    const { socket } = failoverFiles(runDir).bird;
    const listening = run('ss', ['-xlpH']).split('\n');
    const pid = /pid=(\d+)/.exec(listening.find((line) => line.includes(socket)) ?? '')?.[1];
    process.kill(Number(pid), 'SIGKILL');
  };
  const bfdOf = ({ run, runDir }: Speaker) =>
    run('birdc', ['-s', failoverFiles(runDir).bird.socket, 'show', 'bfd', 'sessions']);
  const untilUpIn = (tell: () => string, what: string) =>
    waitUntil(async () => tell().includes(' Up '), { what, limit: 10_000 });
  /** Another program that speaks BFD, with sockets on any address, on the link `rack0`; tells of its session. */
  const startBfd = (run: Speaker['run'], own: string, peer: string) => {
    run('ip', ['addr', 'add', `${own}/24`, 'dev', 'rack0']);
    run('ip', ['link', 'set', 'rack0', 'up']);
    const at = join(scratch, own);
    const times = 'interface "*" { min rx interval 100 ms; min tx interval 100 ms; multiplier 3; };';
    const bfd = `protocol bfd { ${times} neighbor ${peer} dev "rack0"; }`;
    writeFileSync(`${at}.conf`, `router id ${own};\nprotocol device {}\n${bfd}\n`);
    run('bird', ['-c', `${at}.conf`, '-s', `${at}.ctl`, '-P', `${at}.pid`]);
    return () => run('birdc', ['-s', `${at}.ctl`, 'show', 'bfd', 'sessions']);
  };

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'bgp-'));
    tool('ip', ['link', 'add', 'lan', 'type', 'bridge']);
    tool('ip', ['link', 'set', 'lan', 'up']);
    outside = addNamespace('outside');
    plug('outside');
    outside('ip', ['addr', 'add', '172.30.0.1/24', 'dev', 'eth0']);
    outside('ip', ['addr', 'add', '2001:db8:30::1/64', 'dev', 'eth0', 'nodad']);
    await start(1);
    await start(2);
    // Before a router answers nobody may own the group.
    await untilVerdict(at(0), '1');
    outside('sh', ['-c', startScript({ ...router, folder: `${scratch}/frr` })]);
    for (const speaker of speakers) await untilVerdict(speaker, '0');
    for (const speaker of speakers) await untilUp(speaker, true, true);
  }, 30_000);
  afterAll(async () => {
    for (const { stop } of speakers) stop.abort();
    await Promise.all(speakers.map(({ done }) => done));
    for (const name of ['bgpd', 'bfdd', 'zebra'])
      process.kill(Number(readFileSync(`${scratch}/frr/${name}.pid`, 'utf8')), 'SIGTERM');
    rmSync(scratch, { recursive: true, force: true });
  });

  it('sessions alone announce nothing; who owns the group announces both families', async () => {
    expect(paths()).toEqual([]);
    own(at(0), 'add');
    await goesTo(at(0));
    expect(pathsOf(ask(`show bgp ipv6 unicast ${egress6}/128 json`))).toEqual(['2001:db8:30::11']);
    expect(paths()).toEqual([at(0).address]);
    const announced = at(0).said.sessions.map(({ established }) => established);
    expect(announced).toEqual([true, true]);
  });

  it('the last owner is preferred to one who seems to announce it still, at once', async () => {
    // Another second than that of the first.
    await pause(1_100);
    own(at(1), 'add');
    const since = performance.now();
    await goesTo(at(1));
    process.stdout.write(`measured: from the address to the route ${Math.round(performance.now() - since)} ms\n`);
    expect(paths()).toEqual([at(1).address, at(0).address]);
  });

  it("a family whose routers are not heard takes neither the group nor the other family's routes with it", async () => {
    // BFD notices, once it is up: seconds later than BGP.
    await untilUpIn(() => bfdOf(at(1)), 'BFD');
    const since = performance.now();
    outside('nft', ['add table ip6 deaf; add chain ip6 deaf input { type filter hook input priority 0; }']);
    outside('nft', ['add rule ip6 deaf input ip6 saddr 2001:db8:30::12 drop']);
    await untilUp(at(1), true, false);
    process.stdout.write(`measured: from silence to the verdict ${Math.round(performance.now() - since)} ms\n`);
    expect(at(1).said.sessions[1]?.info).toMatch(/BFD/);
    await pause(1_100);
    expect(verdict(at(1))).toBe('0');
    expect(paths()).toEqual([at(1).address, at(0).address]);
    outside('nft', ['delete table ip6 deaf']);
    await untilUp(at(1), true, true);
  });

  it('who gives up says that it leaves, and some seconds later nothing', async () => {
    own(at(0), 'del');
    const details = () => ask(`show bgp ipv4 unicast ${egress}/32`);
    await waitUntil(async () => details().includes('graceful-shutdown'), { what: 'the community', limit: 5_000 });
    expect(paths()).toEqual([at(1).address, at(0).address]);
    await untilPaths(at(1));
  });

  it("another speaker's BFD session on another link lives beside ours, whoever came last, and one sees that the port is shared", async () => {
    const shares = () => ['udp', 'udp6'].map((name) => isBfdShared(at(1).run('cat', [`/proc/net/${name}`])));
    expect(shares()).toEqual([false, false]);
    const rack = addNamespace('rack');
    tool('ip', ['-n', 'node-2', 'link', 'add', 'rack0', 'type', 'veth', 'peer', 'name', 'rack0', 'netns', 'rack']);
    const other = startBfd(at(1).run, '10.9.0.1', '10.9.0.2');
    startBfd(rack, '10.9.0.2', '10.9.0.1');
    await untilUpIn(other, "the other's session");
    expect(shares()).toEqual([true, true]);
    expect(bfdOf(at(1))).toContain(' Up ');
    expect(at(1).said.sessions.map(({ established }) => established)).toEqual([true, true]);

    killBird(at(1));
    await untilVerdict(at(1), '1');
    await untilUp(at(1), true, true);
    // Later than the other one would know that it hears nothing any more.
    await untilUpIn(() => bfdOf(at(1)), 'our session');
    expect(other()).toContain(' Up ');
    // It comes back with what it announced.
    await untilVerdict(at(1), '0');
    await goesTo(at(1));
  });

  it('with a wrong number there is no session, the verdict is death, and the reason is known', async () => {
    write(at(1), 65_009);
    await untilVerdict(at(1), '1');
    const reason = async () => at(1).said.sessions.every(({ info }) => info.includes('Bad peer AS'));
    await waitUntil(reason, { what: 'the reason', limit: 10_000 });
    expect(paths()).toEqual([]);
    write(at(1));
    await untilVerdict(at(1), '0');
    await goesTo(at(1));
  });
});
