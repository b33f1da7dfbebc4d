import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const priority = 50;

/**
 * Gives every keepalived below a process real-time priority (SCHED_RR), now and whenever one is started, until the signal. Only root
 * of the machine can: root of a lab's user namespace is refused.
 */
export async function hurryKeepalived(root: number, signal: AbortSignal): Promise<void> {
  const done = new Set<number>();
  const look = async () => {
    for (const pid of keepalivedBelow(root)) {
      if (done.has(pid)) continue;
      done.add(pid);
      await promisify(execFile)('chrt', ['--rr', '--pid', `${priority}`, `${pid}`]).catch((error: Error) => {
        process.stderr.write(`bench: ${error.message}\n`); // it has ended meanwhile, or we are not root
      });
    }
  };
  const timer = setInterval(() => void look(), 1_000);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

function keepalivedBelow(root: number): readonly number[] {
  const parents = new Map<number, number>();
  const found: number[] = [];
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      // "pid (comm) state ppid …", proc(5); a name may have spaces.
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      if (stat.includes('(keepalived)')) found.push(Number(name));
    } catch {
      // It has ended.
    }
  }
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
      if (at === root) return true;
    return false;
  };
  return found.filter(isBelow);
}
