import { spawn } from 'node:child_process';
import { netnsPath } from './paths.ts';

export interface ToolResult {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever its status. */
export function tryTool(command: readonly string[], input = ''): Promise<ToolResult> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'pipe' });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => {}); // it ended without reading all: its status says why
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({
        status: code ?? signal ?? 'unknown',
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8'),
      }),
    );
    child.stdin.end(input);
  });
}

/** Runs a program to its end and answers its stdout; throws with the command, its input and its stderr when it fails. */
export async function tool(command: readonly string[], input = ''): Promise<string> {
  const { status, stdout, stderr } = await tryTool(command, input);
  if (status === 0) return stdout;
  throw new Error(`${command.join(' ')}: ended with ${status}: ${stderr.trim()}${input ? `\ninput:\n${input}` : ''}`);
}

/** The command in a network namespace; `undefined` is the lab's own, where the bridges and the API server are. */
export function inNetns(netns: string | undefined, command: readonly string[]): readonly string[] {
  return netns === undefined ? command : ['nsenter', `--net=${netnsPath(netns)}`, '--', ...command];
}

/** Runs lines of `ip` in one process. */
export async function ipBatch(netns: string | undefined, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  // Not `ip -n`: it would also leave the mount namespace, where the files of namespaces that it adds must stay.
  await tool(inNetns(netns, ['ip', '-batch', '-']), `${lines.join('\n')}\n`);
}

/** Loads nft text in one transaction. */
export async function loadNft(netns: string | undefined, text: string): Promise<void> {
  await tool(inNetns(netns, ['nft', '-f', '-']), text);
}

/** Sets sysctls; names that this kernel does not have are left out where `optional`. */
export async function setSysctls(
  netns: string | undefined,
  values: Readonly<Record<string, number>>,
  optional = false,
): Promise<void> {
  // Arguments: sysctl cannot read from a socket, which is what Node gives a child as stdin.
  const settings = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  await tool(inNetns(netns, ['sysctl', '-q', ...(optional ? ['-e'] : []), '-w', ...settings]));
}
