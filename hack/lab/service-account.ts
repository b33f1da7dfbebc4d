import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type KubeApi } from './kube-api.ts';
import { authorityFile } from './paths.ts';
import type { Pod, ProjectedSource } from './pod.ts';

/** Lifetime of a token where the Pod names none: the kubelet's. */
const defaultSeconds = 3607;

type TokenSource = NonNullable<ProjectedSource['serviceAccountToken']>;

/**
 * Fills a projected volume with a token bound to this very Pod (TokenRequest with a boundObjectRef: the API server puts Pod
 * and node into it), the authority and the namespace, and renews the token at four fifths of its life until the signal.
 */
export async function projectServiceAccount(
  api: KubeApi,
  pod: Pod,
  {
    dir,
    sources,
    signal,
  }: { readonly dir: string; readonly sources: readonly ProjectedSource[]; readonly signal: AbortSignal },
): Promise<void> {
  await mkdir(dir, { recursive: true });
  await copyFile(authorityFile, `${dir}/ca.crt`);
  await writeFile(`${dir}/namespace`, pod.metadata.namespace ?? '');
  for (const { serviceAccountToken } of sources) {
    if (serviceAccountToken === undefined) continue;
    const renewMs = await writeToken(api, pod, { dir, source: serviceAccountToken });
    void keepRenewing(() => writeToken(api, pod, { dir, source: serviceAccountToken }), renewMs, signal);
  }
}

async function keepRenewing(renew: () => Promise<number>, firstMs: number, signal: AbortSignal): Promise<void> {
  let waitMs = firstMs;
  while (!signal.aborted) {
    await sleep(waitMs, undefined, { signal, ref: false }).catch(() => {}); // aborted: the loop ends
    if (signal.aborted) return;
    waitMs = await renew().catch(() => 5_000); // the API server is away: soon again
  }
}

/** Writes a fresh token as one rename; answers after how many milliseconds it should be renewed. */
async function writeToken(
  api: KubeApi,
  pod: Pod,
  { dir, source }: { readonly dir: string; readonly source: TokenSource },
): Promise<number> {
  const { namespace, name, uid } = pod.metadata;
  const seconds = source.expirationSeconds ?? defaultSeconds;
  const account = pod.spec.serviceAccountName ?? 'default';
  const answer = await retryWhileAway(() =>
    api.request<{ readonly status: { readonly token: string } }>({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          expirationSeconds: seconds,
          ...(source.audience === undefined ? {} : { audiences: [source.audience] }),
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
    }),
  );
  await writeFile(`${dir}/.${source.path}.new`, answer.status.token, { mode: 0o600 });
  await rename(`${dir}/.${source.path}.new`, `${dir}/${source.path}`);
  return seconds * 800;
}

/** Repeats while the API server does not answer at all; what it answers counts. */
async function retryWhileAway<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) throw error;
      await sleep(300);
    }
  }
}
