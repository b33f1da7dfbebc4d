import { type Command, Option } from 'commander';
import { keepClean } from '../clean/keep-clean.ts';
import { createConntrack } from '../dataplane/conntrack/exec.ts';
import { createRouting } from '../dataplane/route/exec.ts';
import { createSysctls } from '../dataplane/sysctl/exec.ts';
import { createRunner } from '../platform/exec.ts';
import { parseListen, runProcess, serve } from './process.ts';

interface Options {
  readonly runDir: string;
  readonly listen: ReturnType<typeof parseListen>;
}

/** Adds `sallyport clean-node`: what uninstalls Sallyport from a node's kernel. */
export function addCleanNode(program: Command): void {
  program
    .command('clean-node')
    .description("take everything of Sallyport's out of this node's kernel (runs in place of the agent, to uninstall)")
    .addOption(
      new Option('--run-dir <folder>', 'that agent and failover process shared')
        .default('/run/sallyport')
        .env('SALLYPORT_RUN_DIR'),
    )
    .addOption(
      new Option('--listen <host:port>', 'probes: ready when nothing is left')
        .default(parseListen(':8481'), ':8481')
        .argParser(parseListen),
    )
    .action(async ({ runDir, listen }: Options) => {
      await runProcess(program, 'clean-node', async (shells) => {
        const runner = createRunner();
        const tools = {
          ...{ runner, routing: createRouting({ ...shells, runner }), conntrack: createConntrack({ runner }) },
          sysctls: createSysctls(),
        };
        const cleaner = keepClean({ ...shells, ...tools, runDir });
        await serve(shells, listen, cleaner.ready);
        await cleaner.done;
      });
    });
}
