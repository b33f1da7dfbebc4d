import { failoverFiles } from '../dataplane/vrrp/files.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { writeFileAtomic } from '../platform/files.ts';
import { makeEmptyFolder, makeFolder, makeTemporaryFolder } from '../platform/folders.ts';
import type { Logger } from '../telemetry/log.ts';
import { superviseKeepalived } from './supervise-keepalived.ts';
import { watchNextHops } from './watch-next-hops.ts';

export interface FailoverOptions {
  /** The folder that agent and failover process share. */
  readonly runDir: string;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** The failover process: keepalived by the agent's files, outliving the agent, until the signal aborts. */
export async function runFailover(options: FailoverOptions): Promise<void> {
  const { runDir } = options;
  const files = failoverFiles(runDir);
  await makeFolder(files.folder);
  // Verdicts of a process before this one say nothing of now, and a next hop that never answered is not dead.
  await makeEmptyFolder(files.verdicts);
  await using state = await makeTemporaryFolder(`${files.folder}/keepalived-`);
  const onRunning = (running: boolean) => writeFileAtomic(files.state, running ? 'running\n' : 'stopped\n');
  // Whichever fails takes the other with it: the container is started anew.
  const over = new AbortController();
  const shells = { ...options, signal: AbortSignal.any([options.signal, over.signal]) };
  const parts = [
    superviseKeepalived({ ...shells, configPath: files.keepalived, stateDir: state.path, onRunning }),
    watchNextHops(shells),
  ];
  await Promise.all(parts).finally(() => {
    over.abort();
    return Promise.allSettled(parts);
  });
}
