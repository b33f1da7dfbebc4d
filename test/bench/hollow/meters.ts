import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ApiServer } from '../../support/api-server.ts';

/** Requests that an API server answered since it began, by `VERB resource`; watches count when they begin. */
export async function requestsOf(server: ApiServer): Promise<ReadonlyMap<string, number>> {
  const { body } = await server.client.request('/metrics', { accept: 'text/plain' });
  const verbs = new Map<string, number>();
  for (const line of String(body).split('\n')) {
    const [, resource, verb, count] =
      /^apiserver_request_total\{.*[{,]resource="([^"]*)".*verb="([A-Z]+)".*\} (\S+)$/.exec(line) ?? [];
    const key = `${verb} ${resource}`;
    if (count !== undefined) verbs.set(key, (verbs.get(key) ?? 0) + Number(count));
  }
  return verbs;
}

/** What was asked between two looks, those verbs first that were asked most. */
export function requestsBetween(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string {
  return [...after]
    .map(([verb, count]) => [verb, count - (before.get(verb) ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([verb, count]) => `${count.toLocaleString('en')} ${verb}`)
    .join(', ');
}

/** Resident memory of a process, MiB. */
export async function residentMiB(pid: number): Promise<number> {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
}

/** CPU time of a process, seconds. */
export async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Bytes that these processes' connections to the server have received, by local port; TLS included. */
export async function bytesReceived(port: number, pids: readonly number[]): Promise<ReadonlyMap<string, number>> {
  const args = ['-tnipHO', 'state', 'established', 'dport', '=', `:${port}`];
  const { stdout } = await promisify(execFile)('ss', args, { maxBuffer: 2 ** 28 });
  const bytes = new Map<string, number>();
  for (const line of stdout.split('\n')) {
    const pid = Number(/pid=(\d+)/.exec(line)?.[1]);
    const local = /\s(\S+:\d+)\s+\S+:\d+/.exec(line)?.[1];
    if (local !== undefined && pids.includes(pid))
      bytes.set(local, Number(/bytes_received:(\d+)/.exec(line)?.[1] ?? 0));
  }
  return bytes;
}

/** What arrived between two looks; a connection that ended between them is left out. */
export function receivedBetween(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  return [...after].reduce((sum, [local, bytes]) => sum + Math.max(0, bytes - (before.get(local) ?? 0)), 0);
}
