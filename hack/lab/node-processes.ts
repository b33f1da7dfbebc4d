import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { netnsPath } from './paths.ts';

export interface NodeProcess {
  readonly pid: number;
  /** The program's name as the kernel keeps it (at most 15 bytes). */
  readonly comm: string;
  readonly args: readonly string[];
}

/** The processes in these network namespaces: a node's holds its containers of hostNetwork Pods and what `lab node` runs there. */
export async function processesIn(namespaces: readonly string[]): Promise<readonly NodeProcess[]> {
  const wanted = new Set(await Promise.all(namespaces.map(linkOf)));
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => readProcess(Number(pid), wanted)));
  return found.filter((process) => process !== undefined);
}

/** What /proc/PID/ns/net of a process inside says; undefined when the namespace is gone. */
async function linkOf(netns: string): Promise<string | undefined> {
  return await stat(netnsPath(netns)).then(
    ({ ino }) => `net:[${ino}]`,
    () => undefined,
  );
}

async function readProcess(pid: number, namespaces: ReadonlySet<string | undefined>): Promise<NodeProcess | undefined> {
  try {
    if (!namespaces.has(await readlink(`/proc/${pid}/ns/net`))) return undefined;
    const comm = (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return { pid, comm, args };
  } catch {
    return undefined; // it has ended
  }
}
