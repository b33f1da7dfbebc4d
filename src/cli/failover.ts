import { type Command, Option } from 'commander';
import { runFailover } from '../failover/run.ts';
import { createRunner } from '../platform/exec.ts';
import { runProcess } from './process.ts';

/** Adds `sallyport failover`: keepalived under its supervisor. */
export function addFailover(program: Command): void {
  program
    .command('failover')
    .description("hold this node's failover groups with keepalived (runs on every node)")
    .addOption(
      new Option('--run-dir <folder>', 'shared with the agent').default('/run/sallyport').env('SALLYPORT_RUN_DIR'),
    )
    .action(async ({ runDir }: { runDir: string }) => {
      await runProcess(program, 'failover', async (shells) => {
        await runFailover({ ...shells, runDir, runner: createRunner() });
      });
    });
}
