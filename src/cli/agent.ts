import { type Command, InvalidArgumentError, Option } from 'commander';
import { registerMetrics } from '../agent/metrics.ts';
import { createNodeShells } from '../agent/node-shells.ts';
import { startAgent } from '../agent/run.ts';
import { createRunner } from '../platform/exec.ts';
import { connect } from './connect.ts';
import { parseListen, runProcess, serve } from './process.ts';
import { version } from './version.ts';

interface Options {
  readonly kubeconfig?: string;
  readonly namespace: string;
  readonly nodeName: string;
  readonly runDir: string;
  readonly sysctlDir: string;
  readonly listen: ReturnType<typeof parseListen>;
  readonly criSocket: string;
  readonly probeSeconds: number;
  readonly allowMarkOverlap?: boolean;
}

/** Adds `sallyport agent`: what programs a node's kernel. */
export function addAgent(program: Command): void {
  program
    .command('agent')
    .description("program this node's kernel for the Pods and Gateways it has (runs on every node)")
    .option('--kubeconfig <file>', 'instead of the ServiceAccount')
    .addOption(
      new Option('--namespace <name>', 'where the heartbeat Lease is').default('sallyport-system').env('POD_NAMESPACE'),
    )
    .addOption(new Option('--node-name <name>', 'the Node that this is').makeOptionMandatory().env('NODE_NAME'))
    .addOption(
      new Option('--run-dir <folder>', 'shared with the failover process')
        .default('/run/sallyport')
        .env('SALLYPORT_RUN_DIR'),
    )
    .addOption(
      new Option('--sysctl-dir <folder>', "where the node's kernel settings can be written")
        .default('/proc/sys')
        .env('SALLYPORT_SYSCTL_DIR'),
    )
    .addOption(
      new Option('--listen <host:port>', 'probes and metrics')
        .default(parseListen(':8481'), ':8481')
        .argParser(parseListen),
    )
    .addOption(
      new Option(
        '--cri-socket <path>',
        'of the container runtime, which knows Pod addresses first; none: the API alone',
      )
        .default('/run/containerd/containerd.sock')
        .env('SALLYPORT_CRI_SOCKET'),
    )
    .addOption(
      new Option('--probe-seconds <n>', "between two self-probes of a Gateway that this node's Pods use; 0: none")
        .default(30)
        .env('SALLYPORT_PROBE_SECONDS')
        .argParser(parseSeconds),
    )
    .option('--allow-mark-overlap', "run although another program's policy rules look at our mark bits")
    .action(async (given: Options) => {
      const {
        kubeconfig,
        namespace,
        nodeName,
        runDir,
        sysctlDir,
        listen,
        criSocket,
        allowMarkOverlap = false,
        probeSeconds,
      } = given;
      await runProcess(program, 'agent', async (shells) => {
        const metrics = registerMetrics(shells.metrics);
        await using client = await connect('agent', kubeconfig, metrics, { oneConnection: true });
        const runner = createRunner({ onSpawn: (command) => metrics.processes.add({ command }) });
        const agent = await startAgent({
          ...shells,
          client,
          runner,
          shells: createNodeShells({ ...shells, runner, sysctlDir }),
          namespace,
          nodeName,
          runDir,
          allowMarkOverlap,
          criSocket: criSocket === 'none' ? undefined : criSocket,
          probeMs: probeSeconds === 0 ? undefined : probeSeconds * 1_000,
          metrics,
          onScrape: shells.metrics.onScrape,
          version,
        });
        await serve(shells, listen, agent.ready);
        await agent.done;
      });
    });
}

/** Whole seconds, 0 to 3600; throws InvalidArgumentError. */
function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d{1,4}$/.test(text) && seconds <= 3_600) return seconds;
  throw new InvalidArgumentError('expected whole seconds, 0 to 3600');
}
