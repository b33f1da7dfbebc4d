import type { NodePlan } from '../compile/node-plan.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import { type NextHop, renderNextHops } from '../dataplane/vrrp/next-hops.ts';
import { renderKeepalived } from '../dataplane/vrrp/render.ts';
import { type FailoverState, parseFailoverState } from '../dataplane/vrrp/state.ts';
import { readTextIfExists, writeFileAtomic } from '../platform/files.ts';
import { removeFile } from '../platform/folders.ts';

/** Writes keepalived.conf for the failover process, or removes it, only when its text changes; resolves to whether it did. */
export async function writeKeepalivedFile(runDir: string, plan: NodePlan, underlayDevice: string): Promise<boolean> {
  return await replaceFile(failoverFiles(runDir).keepalived, renderKeepalived(plan, underlayDevice, runDir));
}

/** Writes next-hops.json for the failover process, or removes it where there are none, only when its text changes; resolves to whether it did. */
export async function writeNextHopsFile(runDir: string, hops: readonly NextHop[]): Promise<boolean> {
  return await replaceFile(failoverFiles(runDir).nextHops, hops.length === 0 ? undefined : renderNextHops(hops));
}

async function replaceFile(path: string, wanted: string | undefined): Promise<boolean> {
  if ((await readTextIfExists(path)) === wanted) return false;
  if (wanted === undefined) await removeFile(path);
  else await writeFileAtomic(path, wanted, { mode: 0o600 });
  return true;
}

/** What the failover process says of itself. */
export async function readFailoverState(runDir: string): Promise<FailoverState> {
  return parseFailoverState(await readTextIfExists(failoverFiles(runDir).state));
}
