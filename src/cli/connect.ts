import { type KubeClient, loadClient } from '../kube/client.ts';
import type { ApiMetrics } from '../kube/metrics.ts';
import type { TransportOptions } from '../kube/transport.ts';
import { version } from './version.ts';

/** The API server as configured, with every request counted and timed. */
export function connect(
  name: string,
  kubeconfig: string | undefined,
  { requests, requestSeconds }: Pick<ApiMetrics, 'requests' | 'requestSeconds'>,
  options: TransportOptions = {},
): Promise<KubeClient & AsyncDisposable> {
  return loadClient({
    ...options,
    userAgent: `sallyport-${name}/${version}`,
    kubeconfig,
    onRequest: (verb, _path, status, ms) => {
      requests.add({ verb, code: String(status) });
      requestSeconds.observe({ verb }, ms / 1_000);
    },
  });
}
