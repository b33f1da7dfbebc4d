#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { endOnClosedPipe, Interrupted } from '../platform/signals.ts';
import { logLevels } from '../telemetry/log.ts';
import { calledAs } from './called-as.ts';
import { commandOf } from './command-of.ts';
import { version } from './version.ts';

const called = calledAs(process.argv[1]);
const program = new Command(called.words)
  .description('Kubernetes Gateway API for egress: stable source addresses that survive their node.')
  .version(version, '-V, --version')
  .addOption(
    new Option('--log-level <level>', 'what is logged').choices(logLevels).default('info').env('SALLYPORT_LOG_LEVEL'),
  )
  .showHelpAfterError(`(${called.words} --help lists the commands)`);

// In the order of the help. Each with all that it needs, which the others never load: the processes of every node are some of them.
const commands: Readonly<Record<string, () => Promise<(program: Command, file: string) => void>>> = {
  controller: async () => (await import('./controller.ts')).addController,
  agent: async () => (await import('./agent.ts')).addAgent,
  failover: async () => (await import('./failover.ts')).addFailover,
  status: async () => (await import('./status.ts')).addStatus,
  explain: async () => (await import('./explain.ts')).addExplain,
  validate: async () => (await import('./validate.ts')).addValidate,
  diff: async () => (await import('./diff.ts')).addDiff,
  drain: async () => (await import('./drain.ts')).addDrain,
  undrain: async () => (await import('./drain.ts')).addUndrain,
  addresses: async () => (await import('./addresses.ts')).addAddresses,
  'support-bundle': async () => (await import('./support-bundle.ts')).addSupportBundle,
  translate: async () => (await import('./translate.ts')).addTranslate,
  'clean-node': async () => (await import('./clean-node.ts')).addCleanNode,
  'trace-node': async () => (await import('./trace-node.ts')).addTraceNode,
  conformance: async () => (await import('./conformance.ts')).addConformance,
  completion: async () => (await import('./completion.ts')).addCompletion,
  version: async () => (await import('./version.ts')).addVersion,
};
// Whoever asks for help, completes or mistypes is shown all.
const named = called.completes ? undefined : commandOf(process.argv.slice(2), Object.keys(commands));
const wanted = named === undefined || named === 'completion' ? Object.keys(commands) : [named];
for (const name of wanted) (await commands[name]?.())?.(program, called.file);

endOnClosedPipe();
try {
  if (called.completes) (await import('./completion.ts')).answerKubectl(program, process.argv.slice(2));
  else await program.parseAsync();
} catch (error) {
  // It has been said, with the help that was asked for or the right use.
  if (error instanceof CommanderError) process.exit(error.exitCode);
  const interrupted = interruptionIn(error);
  // One line for a person; the stack only when asked for.
  if (interrupted === undefined)
    process.stderr.write(`${called.words}: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env['SALLYPORT_TRACE'] !== undefined && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  // All is cleaned up by now; a connection that is being made would keep the process for its whole time limit.
  if (interrupted !== undefined) process.exit(interrupted.exitStatus);
  process.exitCode ??= 1;
}

// Whoever pressed Ctrl-C knows.
function interruptionIn(error: unknown): Interrupted | undefined {
  if (error instanceof Interrupted) return error;
  return error instanceof Error && error.cause !== undefined ? interruptionIn(error.cause) : undefined;
}
