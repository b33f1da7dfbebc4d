import { type Command, Option } from 'commander';
import { type Drained, drainNode } from '../drain/drain-node.ts';
import { setDrainTaint } from '../drain/taint.ts';
import { systemClock } from '../platform/clock.ts';
import { untilSignal } from '../platform/signals.ts';
import { addKubeFlags, type KubeFlags, openCluster } from './kube-flags.ts';
import { parseSeconds } from './seconds.ts';

interface Flags extends KubeFlags {
  readonly output?: 'json';
}

/** Adds `sallyport drain NODE`. */
export function addDrain(program: Command): void {
  const drain = program
    .command('drain <node>')
    .description(
      'move the egress addresses that a node owns to other nodes, without losing a packet, and keep them away',
    )
    .addOption(
      new Option('--timeout <seconds>', 'after that: status 1, and what is left and why')
        .default(120)
        .argParser(parseSeconds),
    )
    .action(async (node: string, flags: Flags & { readonly timeout: number }) => {
      using stopping = untilSignal(['SIGINT', 'SIGTERM']);
      await using client = await openCluster('drain', flags);
      const result = await drainNode({
        client,
        clock: systemClock,
        node,
        timeoutMs: flags.timeout * 1_000,
        signal: stopping.signal,
        onMoved: ({ namespace, name, owner }) => {
          process.stderr.write(`${namespace}/${name}: ${owner ?? 'nobody yet'}\n`);
        },
      });
      if (flags.output === 'json') process.stdout.write(`${JSON.stringify(result)}\n`);
      else report(result, program.name());
      if (!result.drained) process.exitCode = 1;
    });
  addKubeFlags(drain, ['json']);
}

/** Adds `sallyport undrain NODE`. */
export function addUndrain(program: Command): void {
  const undrain = program
    .command('undrain <node>')
    .description('let a node own egress addresses again; those that it had stay where they are')
    .action(async (node: string, flags: Flags) => {
      using stopping = untilSignal(['SIGINT', 'SIGTERM']);
      await using client = await openCluster('drain', flags);
      const changed = await setDrainTaint(client, node, { wanted: false, signal: stopping.signal });
      if (flags.output === 'json') process.stdout.write(`${JSON.stringify({ node, changed })}\n`);
      else process.stdout.write(`${node} ${changed ? 'may own egress addresses again' : 'was not drained'}\n`);
    });
  addKubeFlags(undrain, ['json']);
}

function report({ node, drained, moved, held, milliseconds }: Drained, name: string): void {
  const seconds = (milliseconds / 1_000).toFixed(1);
  if (drained) {
    process.stdout.write(`${node} owns no egress addresses: ${moved.length} Gateway(s) moved in ${seconds} s\n`);
    return;
  }
  for (const { namespace, name, why } of held) process.stderr.write(`${namespace}/${name}: ${why}\n`);
  process.stderr.write(
    `${name}: ${node} still owns ${held.length} Gateway(s) after ${seconds} s; ` +
      `they move when they can, or take it back: ${name} undrain ${node}\n`,
  );
}
