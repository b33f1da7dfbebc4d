import { basename } from 'node:path';
import type { NodePlan } from '../compile/node-plan.ts';
import { bgpPlanOf, renderBgpPlan } from '../dataplane/bgp/model.ts';
import { renderConntrackd } from '../dataplane/replication/render.ts';
import { renderReplicas, replicasOf } from '../dataplane/replication/replicas.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import { type NextHop, renderNextHops } from '../dataplane/vrrp/next-hops.ts';
import { renderKeepalived } from '../dataplane/vrrp/render.ts';
import { type FailoverState, parseFailoverState } from '../dataplane/vrrp/state.ts';
import { readTextIfExists, writeFileAtomic } from '../platform/files.ts';
import { listFolder, removeFile } from '../platform/folders.ts';

/** Writes keepalived.conf for the failover process, or removes it, only when its text changes; resolves to whether it did. */
export async function writeKeepalivedFile(runDir: string, plan: NodePlan, underlayDevice: string): Promise<boolean> {
  return await replaceFile(failoverFiles(runDir).keepalived, renderKeepalived(plan, underlayDevice, runDir));
}

/** keepalived.conf as it is; undefined: none. */
export async function readKeepalivedFile(runDir: string): Promise<string | undefined> {
  return await readTextIfExists(failoverFiles(runDir).keepalived);
}

/** Writes next-hops.json for the failover process, or removes it where there are none, only when its text changes; resolves to whether it did. */
export async function writeNextHopsFile(runDir: string, hops: readonly NextHop[]): Promise<boolean> {
  return await replaceFile(failoverFiles(runDir).nextHops, hops.length === 0 ? undefined : renderNextHops(hops));
}

/** Writes bgp.json for the failover process, or removes it where no network has peers, only when its text changes; resolves to whether it did. */
export async function writeBgpFile(runDir: string, plan: NodePlan): Promise<boolean> {
  const bgp = bgpPlanOf(plan);
  return await replaceFile(failoverFiles(runDir).bgp, bgp === undefined ? undefined : renderBgpPlan(bgp));
}

/** Writes a conntrackd.conf per replicated group and replicas.json for the failover process, or removes them, only when their text changes; resolves to whether it did, and for which groups conntrackd takes no configuration here. */
export async function writeReplicationFiles(
  runDir: string,
  plan: NodePlan,
  underlayDevice: string,
): Promise<{ readonly changed: boolean; readonly without: readonly number[] }> {
  const files = failoverFiles(runDir);
  const configs = renderConntrackd(plan, underlayDevice, runDir);
  const replicas = replicasOf(plan, underlayDevice);
  // Most nodes have none, and every change of a Pod comes by here. What cannot be listed is tried one by one.
  const present = await listFolder(files.folder);
  const changed: boolean[] = [];
  for (let group = 1; group <= lastGroup; group += 1) {
    const { config } = files.conntrackd(group);
    if (configs.has(group) || present?.includes(basename(config)) !== false)
      changed.push(await replaceFile(config, configs.get(group)));
  }
  changed.push(await replaceFile(files.replicas, replicas.length === 0 ? undefined : renderReplicas(replicas)));
  const without = replicas.flatMap(({ group }) => (configs.has(group) ? [] : [group]));
  return { changed: changed.includes(true), without };
}

const lastGroup = 14;

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
