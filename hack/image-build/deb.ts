import { spawn } from 'node:child_process';
import { readTar, type TarEntry } from './tar-read.ts';

/** A binary package as it is in the archive: its files, and its control file. Nothing of it is run. */
export interface DebianPackage {
  readonly name: string;
  readonly control: string;
  readonly entries: readonly TarEntry[];
}

/** Takes a package apart with dpkg-deb. */
export async function readDeb(name: string, file: string): Promise<DebianPackage> {
  const [control, archive] = await Promise.all([
    output(['dpkg-deb', '--field', file]),
    output(['dpkg-deb', '--fsys-tarfile', file]),
  ]);
  return { name, control: control.toString('utf8'), entries: readTar(archive) };
}

/** What a program writes to stdout, as bytes; `input` to its stdin. Throws with its stderr when it fails. */
export async function output(command: readonly [string, ...string[]], input?: readonly Buffer[]): Promise<Buffer> {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  child.stdin?.on('error', () => {}); // it ended early: its status says why
  for (const piece of input ?? []) child.stdin?.write(piece);
  child.stdin?.end();
  const status = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  if (status !== 0) throw new Error(`${command.join(' ')}: ended with ${status}: ${said.trim()}`);
  return Buffer.concat(chunks);
}
