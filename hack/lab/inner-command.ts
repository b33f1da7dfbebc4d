import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { conformanceEnv } from './conformance-env.ts';
import { adminConfig, binDir, runDir } from './paths.ts';

const greeting = (
  nodes: number,
) => `A lab with ${nodes} nodes: kubectl, sallyport and lab are on PATH ("lab help"); leave with exit.
`;

/** The environment of whatever runs inside a lab by hand. */
export function innerEnv(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${binDir}:${process.env['PATH']}`,
    KUBECONFIG: adminConfig,
    ...conformanceEnv,
    KUBECACHEDIR: `${runDir}/kubectl-cache`, // not the user's own
  };
}

/** Runs the command (or an interactive shell) with the lab's terminal and answers its exit status, 128 + number for a signal. */
export async function runInner(command: readonly string[], nodes: number): Promise<number> {
  const [program = '', ...args] = command.length > 0 ? command : shellCommand(nodes);
  const child = spawn(program, args, { stdio: 'inherit', env: innerEnv() });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGTERM', forward).on('SIGHUP', forward);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`lab: ${program}: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (status, signal) => resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

function shellCommand(nodes: number): readonly string[] {
  const file = `${runDir}/shell.rc`;
  writeFileSync(file, '[ ! -r ~/.bashrc ] || . ~/.bashrc\nexport PATH=/run/lab/bin:$PATH\nPS1="lab:\\w\\$ "\n');
  process.stdout.write(greeting(nodes));
  return ['bash', '--rcfile', file, '-i'];
}
