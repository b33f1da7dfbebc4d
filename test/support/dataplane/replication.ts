import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeReplicationFiles } from '../../../src/agent/keepalived-file.ts';
import { failoverFiles } from '../../../src/dataplane/vrrp/files.ts';
import { replicateFlows } from '../../../src/failover/replicate-flows.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { makeFolder } from '../../../src/platform/folders.ts';
import { silentLog } from '../silent-log.ts';
import type { TestNode } from './places.ts';
import { type ClusterState, type NodeAgent, runnerIn } from './program.ts';

/** The product's replication of a candidate, with its real conntrackd, until it is disposed of. */
export interface TestReplication extends AsyncDisposable {
  /** Commands so far, the program first. */
  readonly commands: readonly string[];
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
  const stop = new AbortController();
  const done = replicateFlows({
    runDir,
    runner: {
      run: (command, args, options) => {
        told(command, args);
        return runner.run(command, args, options);
      },
      lines: (command, args, options) => {
        told(command, args);
        return runner.lines(command, args, options);
      },
    },
    clock: systemClock,
    log: silentLog,
    signal: stop.signal,
    couldOwn: () => true,
    onCouldOwn: () => {},
  });
  return {
    commands,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await done;
    },
  };
}
