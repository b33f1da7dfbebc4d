#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { endOnClosedPipe, Interrupted } from '../platform/signals.ts';
import { logLevels } from '../telemetry/log.ts';
import { addAddresses } from './addresses.ts';
import { addAgent } from './agent.ts';
import { calledAs } from './called-as.ts';
import { addCleanNode } from './clean-node.ts';
import { addCompletion, answerKubectl } from './completion.ts';
import { addConformance } from './conformance.ts';
import { addController } from './controller.ts';
import { addDiff } from './diff.ts';
import { addDrain } from './drain.ts';
import { addExplain } from './explain.ts';
import { addFailover } from './failover.ts';
import { addStatus } from './status.ts';
import { addSupportBundle } from './support-bundle.ts';
import { addTraceNode } from './trace-node.ts';
import { addTranslate } from './translate.ts';
import { addValidate } from './validate.ts';
import { addVersion, version } from './version.ts';

const called = calledAs(process.argv[1]);
const program = new Command(called.words)
  .description('Kubernetes Gateway API for egress: stable source addresses that survive their node.')
  .version(version, '-V, --version')
  .addOption(
    new Option('--log-level <level>', 'what is logged').choices(logLevels).default('info').env('SALLYPORT_LOG_LEVEL'),
  )
  .showHelpAfterError(`(${called.words} --help lists the commands)`);

addController(program);
addAgent(program);
addFailover(program);
addStatus(program);
addExplain(program);
addValidate(program);
addDiff(program);
addDrain(program);
addAddresses(program);
addSupportBundle(program);
addTranslate(program);
addCleanNode(program);
addTraceNode(program);
addConformance(program);
addCompletion(program, called.file);
addVersion(program);

endOnClosedPipe();
try {
  if (called.completes) answerKubectl(program, process.argv.slice(2));
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
