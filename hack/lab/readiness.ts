import { setTimeout as sleep } from 'node:timers/promises';
import type { PodContainer } from './pod.ts';
import { inNetns, tryTool } from './tools.ts';

const ask = `exec 3<>"/dev/tcp/$1/$2" || exit 1
printf 'GET %s HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n' "$3" "$1" >&3
read -r -t 1 version status rest <&3 && [ "$status" -ge 200 ] && [ "$status" -lt 400 ]`;

/**
 * Asks the container's readiness probe (httpGet only; the node asks, as a kubelet does) until the signal and reports changes.
 * Four times a second until the first success, then at the probe's own period.
 */
export async function watchReadiness(
  container: PodContainer,
  { netns, address }: { readonly netns: string; readonly address: string },
  { onChange, signal }: { readonly onChange: (ready: boolean) => void; readonly signal: AbortSignal },
): Promise<void> {
  const probe = container.readinessProbe;
  if (probe?.httpGet === undefined) return onChange(true);
  const { host = address, port, path = '/' } = probe.httpGet;
  const number = typeof port === 'number' ? port : container.ports?.find(({ name }) => name === port)?.containerPort;
  let failures = 0;
  let ready = false;
  while (!signal.aborted) {
    const { status } = await tryTool(inNetns(netns, ['bash', '-c', ask, 'probe', host, `${number}`, path]));
    if (signal.aborted) return;
    failures = status === 0 ? 0 : failures + 1;
    const now: boolean = status === 0 || (ready && failures < (probe.failureThreshold ?? 3));
    if (now !== ready) onChange(now);
    ready = now;
    await sleep(ready ? (probe.periodSeconds ?? 10) * 1000 : 250);
  }
}
