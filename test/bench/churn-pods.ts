import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApi, KubeObject } from '../../hack/lab/kube-api.ts';

/** A Pod to be started: where, and with which source it must leave. */
export interface ChurnPod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly expected: string;
}

export const churnPort = 9300;
/** More than ten seconds of them. */
const datagrams = 2_500;
const patienceMs = 10_000;
/** What comes after the first right datagram may still be wrong. */
const lingerMs = 300;

/**
 * Starts the Pod, has it send from its first instruction until it was heard outside (at most ten seconds) and a little longer, and
 * deletes it; answers when its address was known, ms since 1970.
 */
export async function churnPod(
  api: KubeApi,
  pod: ChurnPod,
  isHeard: (key: string) => boolean,
): Promise<number | undefined> {
  const { namespace, name, node, expected } = pod;
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const spec = {
    nodeName: node,
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'app', image: 'example.com/app' }],
  };
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
  const { metadata } = await api.request<KubeObject>({ method: 'POST', path, body });
  const script = join(import.meta.dirname, 'churn-sender.sh');
  const args = [`/run/netns/pod-${metadata.uid}`, `${namespace}/${name} ${expected}`, `${churnPort}`, `${datagrams}`];
  // Its own process group: what it has entered the namespace with must end, too.
  const sender = spawn('bash', [script, ...args], { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  const sent = once(sender, 'exit');
  const known = await knownAt(`/run/lab/pods/${namespace}/${name}`);
  for (let waited = 0; waited < patienceMs && !isHeard(`${namespace}/${name}`); waited += 20) await sleep(20);
  await sleep(lingerMs);
  if (sender.pid !== undefined && sender.exitCode === null) process.kill(-sender.pid, 'SIGKILL');
  await sent;
  await api.request({ method: 'DELETE', path: `${path}/${name}?gracePeriodSeconds=0` });
  return known;
}

/** The lab makes this link right after its container runtime has named the sandbox and its addresses. */
async function knownAt(link: string): Promise<number | undefined> {
  for (let waited = 0; waited < 30_000; waited += 5) {
    const stats = await lstat(link).catch(() => undefined); // not there yet
    if (stats !== undefined) return stats.ctimeMs;
    await sleep(5);
  }
  return undefined;
}

/** When a watch of all Pods first told the address of each (NAMESPACE/NAME), ms since 1970. */
export function watchAddresses(api: KubeApi, signal: AbortSignal): ReadonlyMap<string, number> {
  const told = new Map<string, number>();
  const follow = async () => {
    while (!signal.aborted) {
      try {
        const events = api.watch<KubeObject & { status?: { podIP?: string } }>('/api/v1/pods?watch=true', signal);
        for await (const { object } of events) {
          const key = `${object.metadata.namespace}/${object.metadata.name}`;
          if (object.status?.podIP !== undefined && !told.has(key)) told.set(key, Date.now());
        }
      } catch {
        await sleep(100); // the server ended it: again
      }
    }
  };
  void follow();
  return told;
}
