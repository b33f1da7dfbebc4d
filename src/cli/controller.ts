import { type Command, InvalidArgumentError, Option } from 'commander';
import { compileSteps } from '../compile/compile.ts';
import { sendBeacons } from '../controller/beacon.ts';
import { registerMetrics } from '../controller/metrics.ts';
import { startController } from '../controller/run.ts';
import { openUdp } from '../platform/udp.ts';
import { connect } from './connect.ts';
import { parseListen, runProcess, serve } from './process.ts';

interface Options {
  readonly kubeconfig?: string;
  readonly namespace: string;
  readonly identity: string;
  readonly listen: ReturnType<typeof parseListen>;
  readonly advertMs?: number;
}

/** Adds `sallyport controller`: one replica of the controller. */
export function addController(program: Command): void {
  program
    .command('controller')
    .description('decide which Gateway has which address, node and routes (runs in the cluster)')
    .option('--kubeconfig <file>', 'instead of the ServiceAccount')
    .addOption(new Option('--namespace <name>', 'where the Lease is').default('sallyport-system').env('POD_NAMESPACE'))
    .addOption(new Option('--identity <name>', 'of this replica alone').makeOptionMandatory().env('POD_NAME'))
    .addOption(
      new Option('--listen <host:port>', 'probes and metrics')
        .default(parseListen(':8480'), ':8480')
        .argParser(parseListen),
    )
    .addOption(
      new Option('--advert-ms <ms>', "interval of VRRP adverts, instead of the profiles' (labs, trials)")
        .argParser(parseAdvert)
        .env('SALLYPORT_ADVERT_MS'),
    )
    .action(async ({ kubeconfig, namespace, identity, listen, advertMs }: Options) => {
      await runProcess(program, 'controller', async (shells) => {
        const metrics = registerMetrics(shells.metrics);
        await using client = await connect('controller', kubeconfig, metrics);
        const controller = startController({
          ...shells,
          client,
          compile: compileWith(advertMs),
          namespace,
          identity,
          metrics,
          onScrape: shells.metrics.onScrape,
        });
        await serve(shells, listen, controller.ready);
        await Promise.all([controller.done, sendBeacons({ ...shells, open: openUdp })]);
      });
    });
}

function compileWith(advertMilliseconds: number | undefined): typeof compileSteps {
  if (advertMilliseconds === undefined) return compileSteps;
  return (snapshot) => compileSteps({ ...snapshot, advertMilliseconds });
}

// What VRRPv3 can say: centiseconds (RFC 5798 §5.2.7).
function parseAdvert(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 10 || value > 10_000 || value % 10 !== 0) {
    throw new InvalidArgumentError('expected a multiple of 10 from 10 to 10000');
  }
  return value;
}
