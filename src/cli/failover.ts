import { type Command, Option } from 'commander';
import { runFailover } from '../failover/run.ts';
import { createRunner } from '../platform/exec.ts';
import { parseListen, runProcess, serve } from './process.ts';

interface Options {
  readonly runDir: string;
  readonly listen: ReturnType<typeof parseListen>;
}

/** Adds `sallyport failover`: keepalived under its supervisor. */
export function addFailover(program: Command): void {
  program
    .command('failover')
    .description("hold this node's failover groups with keepalived (runs on every node)")
    .addOption(
      new Option('--run-dir <folder>', 'shared with the agent').default('/run/sallyport').env('SALLYPORT_RUN_DIR'),
    )
    .addOption(
      new Option('--listen <host:port>', 'probes and metrics')
        .default(parseListen(':8482'), ':8482')
        .argParser(parseListen),
    )
    .action(async ({ runDir, listen }: Options) => {
      await runProcess(program, 'failover', async (shells) => {
        let missing: readonly string[] = ['the first look at the configuration'];
        const onHealth = (now: readonly string[]) => {
          missing = now;
        };
        await Promise.all([
          runFailover({ ...shells, runDir, runner: createRunner(), onHealth }),
          // A port that another program has must not keep addresses from their node.
          serve(shells, listen, () => (missing.length === 0 ? { ok: true } : { ok: false, missing })).catch(
            (error: unknown) => shells.log.error({ error: String(error) }, 'no probes and no metrics'),
          ),
        ]);
      });
    });
}
