import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeReplicationFiles } from '../../../src/agent/keepalived-file.ts';
import { failoverFiles } from '../../../src/dataplane/vrrp/files.ts';
import type { FlowsHeld } from '../../../src/dataplane/vrrp/state.ts';
import { replicateFlows } from '../../../src/failover/replicate-flows.ts';
import { shareAddresses } from '../../../src/failover/share-addresses.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Runner } from '../../../src/platform/exec.ts';
import { makeFolder } from '../../../src/platform/folders.ts';
import { silentLog } from '../silent-log.ts';
import { inside } from './network.ts';
import { gateways, outside, type TestNode, third, tunnelAddress } from './places.ts';
import { type ClusterState, makeOwner, type NodeAgent, runnerIn } from './program.ts';

/** The product's replication of a candidate, with its real conntrackd, until it is disposed of. */
export interface TestReplication extends AsyncDisposable {
  /** Commands so far, the program first. */
  readonly commands: readonly string[];
  /** What it says of a group's flows. */
  held(group: number): FlowsHeld | undefined;
}

export async function startReplication(
  node: TestNode,
  agent: NodeAgent,
  state: ClusterState,
): Promise<TestReplication> {
  const runDir = await mkdtemp(join(tmpdir(), `${node.name}-`));
  await makeFolder(failoverFiles(runDir).folder);
  await writeReplicationFiles(runDir, agent.select(state).plan, 'eth0');
  const runner = runnerIn(node.name);
  const commands: string[] = [];
  const told = (command: string, args: readonly string[]) => commands.push([command, ...args].join(' '));
  const held = new Map<number, FlowsHeld>();
  const stop = new AbortController();
  const shells = {
    runner: {
      run: (command, args, options) => {
        told(command, args);
        return runner.run(command, args, options);
      },
      lines: (command, args, options) => {
        told(command, args);
        return runner.lines(command, args, options);
      },
    } satisfies Runner,
    clock: systemClock,
    log: silentLog,
    signal: stop.signal,
  };
  const done = replicateFlows({
    ...shells,
    runDir,
    addresses: shareAddresses(shells),
    couldOwn: () => true,
    onCouldOwn: () => {},
    udpStreamSeconds: async () => {
      const { stdout } = await runner.run('sysctl', ['-n', 'net.netfilter.nf_conntrack_udp_timeout_stream']);
      return Number(stdout);
    },
    onFigures: () => {},
    onHeld: (group, now) => {
      if (now === undefined) held.delete(group);
      else held.set(group, now);
    },
  });
  return {
    commands,
    held: (group) => held.get(group),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await done;
    },
  };
}

/** What keepalived does when the group goes elsewhere; the neighbours learn. */
export function moveGroup(from: TestNode, to: TestNode): void {
  const run = inside(from.name);
  const egress = Object.values(gateways).flatMap(({ ipv4, ipv6 }) => [`${ipv4}/32`, `${ipv6}/128`]);
  for (const address of [`${tunnelAddress}/32`, ...egress]) run('ip', ['addr', 'del', address, 'dev', 'eth0']);
  makeOwner(to);
  for (const place of [third.name, from.name, outside.name])
    for (const family of ['-4', '-6']) inside(place)('ip', [family, 'neigh', 'flush', 'all']);
}
