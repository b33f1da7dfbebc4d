import type { Controller } from './controller.ts';
import { bytesReceived, cpuSeconds, receivedBetween, requestsOf, residentMiB } from './meters.ts';
import type { HollowRun } from './run.ts';

/** What everything has used up to a moment. */
export interface Look {
  readonly at: number;
  readonly requests: ReadonlyMap<string, number>;
  readonly bytes: ReadonlyMap<string, number>;
  readonly cpu: { readonly agents: number; readonly controller: number };
  readonly memory: {
    readonly agents: number;
    readonly controller: number;
    readonly apiServer: number;
    readonly etcd: number;
  };
}

/** Looks, which costs the API server three requests. */
export async function look({ world: { server }, crew }: HollowRun, controller: Controller): Promise<Look> {
  const port = Number(new URL(server.url).port);
  const figures = await crew.figures();
  return {
    at: performance.now(),
    requests: await requestsOf(server),
    bytes: await bytesReceived(port, crew.pids),
    cpu: { agents: figures.cpuMs / 1_000, controller: await cpuSeconds(controller.pid) },
    memory: {
      agents: figures.residentMiB,
      controller: await residentMiB(controller.pid),
      ...{ apiServer: await residentMiB(server.pids().server), etcd: await residentMiB(server.pids().etcd) },
    },
  };
}

/** What an agent received between two looks, for people. */
export function perAgent({ size }: HollowRun, before: Look, after: Look): string {
  const minutes = (after.at - before.at) / 60_000;
  return `${(receivedBetween(before.bytes, after.bytes) / size.nodes / minutes / 1_024).toFixed(1)} KiB a minute`;
}

/** CPU used between two looks, in percent of a core, by each of `share`. */
export function percentOf(whose: keyof Look['cpu'], before: Look, after: Look, share = 1): number {
  const used = (after.cpu[whose] - before.cpu[whose]) / share;
  return (used / ((after.at - before.at) / 1_000)) * 100;
}
