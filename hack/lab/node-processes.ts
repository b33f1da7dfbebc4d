import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { netnsPath } from './paths.ts';

export interface NodeProcess {
  readonly pid: number;
  /** The program's name as the kernel keeps it (at most 15 bytes). */
  readonly comm: string;
  readonly args: readonly string[];
}

/** The processes in a node's network namespace: its containers of hostNetwork Pods and what `lab node` runs there. */
export async function nodeProcesses(node: string): Promise<readonly NodeProcess[]> {
  const { ino } = await stat(netnsPath(node));
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => readProcess(Number(pid), `net:[${ino}]`)));
  return found.filter((process) => process !== undefined);
}

async function readProcess(pid: number, netns: string): Promise<NodeProcess | undefined> {
  try {
    if ((await readlink(`/proc/${pid}/ns/net`)) !== netns) return undefined;
    const comm = (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return { pid, comm, args };
  } catch {
    return undefined; // it has ended
  }
}
