import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inNetns, ipBatch, tool } from '../../hack/lab/tools.ts';
import type { FaultKind } from './failover-faults.ts';
import { type NamespaceScript, startScript, stopChild } from './in-namespace.ts';
import type { FlowReport } from './steady-flow.ts';

/** The baseline of failover: keepalived moving one address between two hosts on a bridge, without anything else of ours. */
export interface KeepalivedAlone {
  /** One round: breaks the owner, waits, mends it; answers what a UDP flow of a third host met. */
  readonly round: (kind: FaultKind, windowMs: number) => Promise<FlowReport>;
  readonly stop: () => Promise<void>;
}

const folder = '/run/keepalived-alone';
const virtual = '10.99.0.100';
const hosts = [
  { name: 'alone-1', priority: 100, own: '10.99.0.1' },
  { name: 'alone-2', priority: 99, own: '10.99.0.2' },
] as const;
const client = { name: 'alone-3', own: '10.99.0.3' };
type Host = (typeof hosts)[number];

// As in what Sallyport renders: unicast, nopreempt, repeated announcements.
const config = (host: Host, advertMs: number): string => `global_defs {
  vrrp_version 3
  vrrp_garp_master_repeat 3
  vrrp_garp_master_delay 1
  vrrp_garp_lower_prio_repeat 3
  vrrp_garp_lower_prio_delay 1
}
vrrp_instance alone {
  state BACKUP
  interface eth0
  virtual_router_id 77
  priority ${host.priority}
  advert_int ${advertMs / 1000}
  nopreempt
  unicast_src_ip ${host.own}
  unicast_peer {
    ${hosts.find((other) => other !== host)?.own}
  }
  virtual_ipaddress {
    ${virtual}/32 dev eth0
  }
}
`;

/** Starts it; resolves when one of the hosts has the address. */
export async function startKeepalivedAlone(advertMs: number, intervalMs: number): Promise<KeepalivedAlone> {
  await ipBatch(undefined, ['link add br-alone type bridge', 'link set br-alone up']);
  for (const { name, own } of [...hosts, client]) await addHost(name, own);
  await mkdir(folder, { recursive: true });
  const echoes = hosts.map(({ name }) => startEcho(name));
  const daemons = new Map<Host, ChildProcess>();
  const start = async (host: Host) => daemons.set(host, await startDaemon(host, advertMs));
  for (const host of hosts) await start(host);
  await owner();
  const flow = startScript(`/run/netns/${client.name}`, 'steady-flows.ts', [virtual, 8080, intervalMs, 0]);
  await sleep(1_000);
  return {
    round: (kind, windowMs) => runRound({ flow, daemons, start }, kind, windowMs),
    stop: async () => {
      await flow.stop();
      for (const child of [...daemons.values(), ...echoes]) await stopChild(child, () => child.kill('SIGTERM'));
    },
  };
}

interface Parts {
  readonly flow: NamespaceScript;
  readonly daemons: ReadonlyMap<Host, ChildProcess>;
  readonly start: (host: Host) => Promise<unknown>;
}

async function runRound({ flow, daemons, start }: Parts, kind: FaultKind, windowMs: number): Promise<FlowReport> {
  const host = await owner();
  const port = (state: number) => tool(['bridge', 'link', 'set', 'dev', host.name, 'state', `${state}`]);
  const daemon = daemons.get(host);
  const signal = (name: NodeJS.Signals) => signalTree(daemon, name);
  flow.tell('begin');
  await sleep(1_000);
  flow.tell('fault');
  if (kind === 'crash') await port(0);
  else await signal(({ freeze: 'SIGSTOP', kill: 'SIGKILL', planned: 'SIGTERM' } as const)[kind]);
  await sleep(windowMs);
  flow.tell('report');
  const report = await flow.next<FlowReport>();
  if (kind === 'crash') await port(3);
  else if (kind === 'freeze') await signal('SIGCONT');
  else await start(host);
  return report;
}

async function addHost(name: string, address: string): Promise<void> {
  await ipBatch(undefined, [
    `netns add ${name}`,
    `link add ${name} type veth peer name eth0 netns ${name}`,
    `link set ${name} master br-alone up`,
  ]);
  await ipBatch(name, ['link set lo up', `addr add ${address}/24 dev eth0`, 'link set eth0 up']);
}

function startEcho(name: string): ChildProcess {
  const server = join(import.meta.dirname, '../../hack/lab/outside-server.ts');
  const [program = '', ...args] = inNetns(name, [process.execPath, server, '0.0.0.0']);
  return spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

async function startDaemon(host: Host, advertMs: number): Promise<ChildProcess> {
  const file = `${folder}/${host.name}`;
  await writeFile(`${file}.conf`, config(host, advertMs));
  for (const pid of ['pid', 'vrrp']) await rm(`${file}.${pid}`, { force: true });
  // What was killed has left its address behind; keepalived would take it for somebody else's.
  await tool(inNetns(host.name, ['ip', 'addr', 'flush', 'dev', 'eth0', 'to', `${virtual}/32`]));
  const options = ['--dont-fork', '--log-console', '--vrrp', `--use-file=${file}.conf`];
  const pids = [`--pid=${file}.pid`, `--vrrp_pid=${file}.vrrp`];
  const [program = '', ...args] = inNetns(host.name, ['keepalived', ...options, ...pids]);
  return spawn(program, args, { stdio: 'ignore' });
}

/** keepalived and its children: a signal to the parent alone leaves the child that speaks VRRP. */
async function signalTree(daemon: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (daemon?.pid === undefined) throw new Error('no keepalived runs there');
  if (signal === 'SIGTERM') return void daemon.kill(signal);
  const children = await tool(['ps', '-o', 'pid=', '--ppid', `${daemon.pid}`]);
  for (const pid of [daemon.pid, ...children.trim().split(/\s+/).map(Number)]) process.kill(pid, signal);
}

async function owner(): Promise<Host> {
  for (let waited = 0; waited < 30_000; waited += 100) {
    const holders: Host[] = [];
    for (const host of hosts) {
      const text = await tool(inNetns(host.name, ['ip', '-o', 'addr', 'show', 'to', `${virtual}/32`]));
      if (text !== '') holders.push(host);
    }
    const [holder, another] = holders;
    if (holder !== undefined && another === undefined) return holder;
    await sleep(100);
  }
  throw new Error('keepalived alone: no host, or both, have the address after 30 s');
}
