import { setTimeout as sleep } from 'node:timers/promises';
import type { PodContainer, PodProbe } from './pod.ts';
import { inNetns, tryTool } from './tools.ts';

/** Where a container is asked: in its node's namespace (as a kubelet asks), at its Pod's address. */
export interface ProbePlace {
  readonly netns: string;
  readonly address: string;
}

const ask = `exec 3<>"/dev/tcp/$1/$2" || exit 1
printf 'GET %s HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n' "$3" "$1" >&3
read -r -t 1 version status rest <&3 && [ "$status" -ge 200 ] && [ "$status" -lt 400 ]`;

/**
 * Asks the container's readiness probe (httpGet only) until the signal and reports changes.
 * Four times a second until the first success, then at the probe's own period.
 */
export async function watchReadiness(
  container: PodContainer,
  place: ProbePlace,
  { onChange, signal }: { readonly onChange: (ready: boolean) => void; readonly signal: AbortSignal },
): Promise<void> {
  const probe = container.readinessProbe;
  if (probe?.httpGet === undefined) return onChange(true);
  let failures = 0;
  let ready = false;
  while (!signal.aborted) {
    const answered = await answers(container, probe, place);
    if (signal.aborted) return;
    failures = answered ? 0 : failures + 1;
    const now: boolean = answered || (ready && failures < failuresAllowed(probe));
    if (now !== ready) onChange(now);
    ready = now;
    await sleep(ready ? periodMs(probe) : 250);
  }
}

/** Asks the container's liveness probe (httpGet only) until the signal; `onDead` when it has failed too often in a row. */
export async function watchLiveness(
  container: PodContainer,
  place: ProbePlace,
  { onDead, signal }: { readonly onDead: () => void; readonly signal: AbortSignal },
): Promise<void> {
  const probe = container.livenessProbe;
  if (probe?.httpGet === undefined) return;
  await sleep((probe.initialDelaySeconds ?? 0) * 1000, undefined, { signal }).catch(() => {});
  for (let failures = 0; !signal.aborted; ) {
    await sleep(periodMs(probe), undefined, { signal }).catch(() => {}); // the container has ended
    if (signal.aborted) return;
    failures = (await answers(container, probe, place)) ? 0 : failures + 1;
    if (failures >= failuresAllowed(probe)) return onDead();
  }
}

async function answers(container: PodContainer, { httpGet }: PodProbe, place: ProbePlace): Promise<boolean> {
  const { host = place.address, port = 80, path = '/' } = httpGet ?? {};
  const number = typeof port === 'number' ? port : container.ports?.find(({ name }) => name === port)?.containerPort;
  return (await tryTool(inNetns(place.netns, ['bash', '-c', ask, 'probe', host, `${number}`, path]))).status === 0;
}

function periodMs({ periodSeconds = 10 }: PodProbe): number {
  return periodSeconds * 1000;
}

function failuresAllowed({ failureThreshold = 3 }: PodProbe): number {
  return failureThreshold;
}
