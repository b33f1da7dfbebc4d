import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const priority = 50;
/** How soon a new one is hurried; on a cluster it has its priority from the start. */
const lookMs = 100;
/** So long after its first sight a process may still become another program. */
const youngMs = 1_000;

/** How keepalived was scheduled in a bench's lab, for its notes. */
export const priorityNote = (isRoot: boolean): string =>
  isRoot
    ? `Every keepalived has real-time priority (SCHED_RR), as on a cluster; here root gives it from outside the lab, at most ${lookMs} ms after it was started.`
    : 'keepalived has no real-time priority, unlike on a cluster: only root can give it.';

/**
 * Gives every keepalived below a process real-time priority (SCHED_RR), now and whenever one is started, until the signal. Only root
 * of the machine can: root of a lab's user namespace is refused.
 */
export async function hurryKeepalived(root: number, signal: AbortSignal): Promise<void> {
  const seen = new Map<number, number>();
  const done = new Set<number>();
  const look = async () => {
    for (const pid of newKeepalived(seen)) {
      if (done.has(pid) || !isBelow(pid, root)) continue;
      done.add(pid);
      await promisify(execFile)('chrt', ['--rr', '--pid', `${priority}`, `${pid}`]).catch((error: Error) => {
        process.stderr.write(`bench: ${error.message}\n`); // it has ended meanwhile, or we are not root
      });
    }
  };
  const timer = setInterval(() => void look(), lookMs);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/** Only processes that are young are looked at: there are hundreds, ten times a second. */
function newKeepalived(seen: Map<number, number>): readonly number[] {
  const now = performance.now();
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  const alive = new Set(pids);
  for (const pid of seen.keys()) if (!alive.has(pid)) seen.delete(pid);
  return pids.filter((pid) => {
    const first = seen.get(pid) ?? now;
    seen.set(pid, first);
    return now - first <= youngMs && readStat(pid)?.name === 'keepalived';
  });
}

/** proc(5), "pid (comm) state ppid …": a name may have spaces and brackets; undefined when it has ended. */
function readStat(pid: number): { readonly name: string; readonly parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    return { name: stat.slice(stat.indexOf('(') + 1, end), parent: Number(stat.slice(end + 2).split(' ')[1]) };
  } catch {
    return undefined;
  }
}

function isBelow(pid: number, root: number): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = readStat(at)?.parent)
    if (at === root) return true;
  return false;
}
