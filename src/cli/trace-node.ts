import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Protocol } from '../explain/question.ts';
import { parsePort, parseProtocol } from '../inspect/parse-question.ts';
import { canonicalIp } from '../net/ip.ts';
import { systemClock } from '../platform/clock.ts';
import { createRunner } from '../platform/exec.ts';
import { untilInputEnds, untilSignal } from '../platform/signals.ts';
import type { TracedFlow } from '../trace/model.ts';
import { type NodeLine, renderNodeLine } from '../trace/node-lines.ts';
import { traceOnNode } from '../trace/run-on-node.ts';
import { orRefuse } from './or-refuse.ts';
import { parseSeconds } from './seconds.ts';

interface Flags {
  readonly pod?: string;
  readonly transit?: string;
  readonly to: string;
  readonly protocol: Protocol;
  readonly port?: number;
  readonly seconds: number;
}

const address = orRefuse(canonicalIp, 'an IP address');

/** Adds the hidden `sallyport trace-node`: what `explain --trace` runs in agents' containers. It ends with its stdin. */
export function addTraceNode(program: Command): void {
  program
    .command('trace-node', { hidden: true })
    .description('print what this node does with packets of a flow, a line of JSON per step; ends with its stdin')
    .addOption(new Option('--pod <address>', 'packets of this Pod').argParser(address))
    .addOption(
      new Option('--transit <address>', 'packets that come out of the tunnel with this source').argParser(address),
    )
    .addOption(new Option('--to <address>', 'their destination').argParser(address).makeOptionMandatory())
    .addOption(
      new Option('--protocol <name>', 'their protocol')
        .default('TCP')
        .argParser(orRefuse(parseProtocol, 'TCP, UDP, SCTP or ICMP')),
    )
    .option('--port <number>', 'of the destination', orRefuse(parsePort, 'a port from 1 to 65535'))
    .addOption(new Option('--seconds <n>', 'no longer than this').default(60).argParser(parseSeconds))
    .action(async ({ pod, transit, to: destination, protocol, port, seconds }: Flags) => {
      using stopping = untilSignal(['SIGINT', 'SIGTERM', 'SIGHUP']);
      using input = untilInputEnds();
      const over = new AbortController();
      const wanted = { destination, protocol, ...(port === undefined ? {} : { port }) };
      const flows: TracedFlow[] = [
        ...(pod === undefined ? [] : [{ hop: 'pod' as const, source: pod, ...wanted }]),
        ...(transit === undefined ? [] : [{ hop: 'gateway' as const, source: transit, ...wanted }]),
      ];
      if (flows.length === 0) throw new InvalidArgumentError('give --pod, --transit, or both');
      const print = (line: NodeLine) => void process.stdout.write(renderNodeLine(line));
      const signal = AbortSignal.any([stopping.signal, input.signal, over.signal]);
      void systemClock.sleep(seconds * 1_000, signal).then(
        () => over.abort(),
        () => {},
      );
      try {
        await traceOnNode({
          ...{ runner: createRunner(), clock: systemClock, flows, signal },
          onReady: () => print({ kind: 'ready' }),
          onEvent: (event) => print({ kind: 'event', event }),
        });
      } finally {
        over.abort();
      }
    });
}
