import { failoverFiles } from '../dataplane/vrrp/files.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { writeFileAtomic } from '../platform/files.ts';
import { makeFolder, makeTemporaryFolder } from '../platform/folders.ts';
import type { Logger } from '../telemetry/log.ts';
import { superviseKeepalived } from './supervise-keepalived.ts';

export interface FailoverOptions {
  /** The folder that agent and failover process share. */
  readonly runDir: string;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** The failover process: keepalived by the agent's files, outliving the agent, until the signal aborts. */
export async function runFailover({ runDir, ...shells }: FailoverOptions): Promise<void> {
  const files = failoverFiles(runDir);
  await makeFolder(files.folder);
  await using state = await makeTemporaryFolder(`${files.folder}/keepalived-`);
  const onRunning = (running: boolean) => writeFileAtomic(files.state, running ? 'running\n' : 'stopped\n');
  await superviseKeepalived({ ...shells, configPath: files.keepalived, stateDir: state.path, onRunning });
}
