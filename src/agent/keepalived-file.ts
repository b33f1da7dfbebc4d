import type { NodePlan } from '../compile/node-plan.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import { renderKeepalived } from '../dataplane/vrrp/render.ts';
import { readTextIfExists, writeFileAtomic } from '../platform/files.ts';
import { removeFile } from '../platform/folders.ts';

/** Writes keepalived.conf for the failover process, or removes it, only when its text changes; resolves to whether it did. */
export async function writeKeepalivedFile(runDir: string, plan: NodePlan, underlayDevice: string): Promise<boolean> {
  const { keepalived } = failoverFiles(runDir);
  const wanted = renderKeepalived(plan, underlayDevice);
  const now = await readTextIfExists(keepalived);
  if (now === wanted) return false;
  if (wanted === undefined) await removeFile(keepalived);
  else await writeFileAtomic(keepalived, wanted, { mode: 0o600 });
  return true;
}

/** Whether the failover process says that keepalived runs. */
export async function keepalivedRuns(runDir: string): Promise<boolean> {
  return (await readTextIfExists(failoverFiles(runDir).state)) === 'running\n';
}
