import { readTextIfExists } from './files.ts';

/** A process as the kernel sees it; `state` is the letter of proc(5): R, S, D, T (stopped by a signal), Z, … */
export interface ProcessEntry {
  readonly pid: number;
  readonly state: string;
  /** Whether it has real-time priority (SCHED_FIFO, SCHED_RR). */
  readonly isRealTime: boolean;
}

/** What runs on this machine. */
export interface ProcessTable {
  /** The process and its children; empty when it is gone. */
  family(pid: number): Promise<readonly ProcessEntry[]>;
}

/** Reads /proc (Linux with CONFIG_PROC_CHILDREN, else without the children); spawns nothing. */
export const systemProcesses: ProcessTable = {
  family: async (pid) => {
    const children = parsePids((await readTextIfExists(`/proc/${pid}/task/${pid}/children`)) ?? '');
    const entries = await Promise.all([pid, ...children].map(readEntry));
    return entries.filter((entry) => entry !== undefined);
  },
};

async function readEntry(pid: number): Promise<ProcessEntry | undefined> {
  // One that ends in this moment has a file that cannot be read (ESRCH).
  const text = await readTextIfExists(`/proc/${pid}/stat`).catch(() => undefined);
  const state = text === undefined ? undefined : parseState(text);
  return text === undefined || state === undefined ? undefined : { pid, state, isRealTime: parseRealTime(text) };
}

/** Pure: whether /proc/PID/stat is of a process with real-time priority: its 41st field, `policy`, is SCHED_FIFO (1) or SCHED_RR (2). */
export function parseRealTime(stat: string): boolean {
  const policy = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38];
  return policy === '1' || policy === '2';
}

/** Pure: the state in the text of /proc/PID/stat, whose second field is a name that may hold anything, parentheses too. */
export function parseState(stat: string): string | undefined {
  return /^ ([A-Za-z]) /.exec(stat.slice(stat.lastIndexOf(')') + 1))?.[1];
}

function parsePids(text: string): readonly number[] {
  return text
    .split(/\s+/)
    .filter((word) => /^[1-9]\d{0,9}$/.test(word))
    .map(Number);
}
