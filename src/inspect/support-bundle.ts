import { stringify } from 'yaml';
import { apiGroup, gatewayGroup } from '../api/names.ts';
import { resources } from '../api/resources.ts';
import { ApiError, type KubeClient } from '../kube/client.ts';
import { readPages } from '../kube/list.ts';
import { apiVersionOf, type ResourceRef } from '../kube/resource.ts';
import { redactText } from '../telemetry/redact.ts';
import { readCluster } from './read-cluster.ts';
import { redactNode, redactObject, redactPod } from './redact-object.ts';
import { renderStatus } from './render-status.ts';
import { gatewayLines } from './status.ts';

/** One file of a bundle; `path` is relative, with "/". */
export interface BundleFile {
  readonly path: string;
  readonly text: string;
}

export interface BundleOptions {
  readonly client: KubeClient;
  /** Where Sallyport runs. */
  readonly namespace: string;
  readonly now: number;
  readonly signal: AbortSignal;
}

const leases: ResourceRef = {
  ...{ group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', namespaced: true },
};
const events: ResourceRef = {
  ...{ group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true },
};
const workloads = ['daemonsets', 'deployments'].map((plural): ResourceRef => {
  const kind = plural === 'deployments' ? 'Deployment' : 'DaemonSet';
  return { group: 'apps', version: 'v1', plural, kind, namespaced: true };
});
const { nodes, namespaces, serviceCidrs, pods, customResourceDefinitions: _, ...ours } = resources;
const mostLines = 5_000;

/**
 * What somebody needs who is asked for help, file after file: our objects, Nodes, our Pods with their logs and metrics, Events about our objects.
 * No Secret, no ConfigMap and no other Pod is read. What cannot be read ends as a line of errors.txt; rejects where
 * nobody answers, or nothing may be read.
 */
export async function* collectBundle(options: BundleOptions): AsyncGenerator<BundleFile> {
  const problems: string[] = [];
  let hasAny = false;
  const attempt = async <T>(what: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      const found = await read();
      hasAny = true;
      return found;
    } catch (error) {
      options.signal.throwIfAborted();
      // Where nobody answers, nobody will answer the other questions.
      if (!hasAny && error instanceof ApiError && error.code === 0) throw error;
      problems.push(`${what}: ${redactText(error instanceof Error ? error.message : String(error))}`);
      return undefined;
    }
  };
  const status = await attempt('status', () => readStatus(options));
  if (status !== undefined) yield { path: 'status.txt', text: status };
  const parts: readonly [ResourceRef, (raw: unknown) => unknown, string?][] = [
    ...Object.values(ours).map((resource): [ResourceRef, typeof redactObject] => [resource, redactObject]),
    ...[namespaces, serviceCidrs].map((resource): [ResourceRef, typeof redactObject] => [resource, redactObject]),
    [nodes, redactNode],
    [leases, redactObject, options.namespace],
    ...workloads.map((resource): [ResourceRef, typeof redactObject, string] => [
      resource,
      redactObject,
      options.namespace,
    ]),
  ];
  for (const [resource, redact, namespace] of parts) {
    const all = await attempt(resource.plural, () => readAll(options, resource, namespace));
    if (all !== undefined)
      yield { path: `objects/${resource.plural}.yaml`, text: renderObjects(all, resource, redact) };
  }
  const told = await attempt('events', () => readAll(options, events));
  if (told !== undefined) {
    yield { path: 'objects/events.yaml', text: renderObjects(told.filter(isAboutOurs), events, redactObject) };
  }
  const own = await attempt('pods', () => readAll(options, pods, options.namespace));
  if (own !== undefined) yield { path: 'objects/pods.yaml', text: renderObjects(own, pods, redactPod) };
  for (const { name, container, isAgain } of (own ?? []).flatMap(containersOf)) {
    for (const previous of isAgain ? [false, true] : [false]) {
      const query = { container, tailLines: mostLines, ...(previous ? { previous } : {}) };
      const text = await attempt(`logs of ${name}`, () => readText(options, `${name}/log`, query));
      if (text !== undefined)
        yield { path: `logs/${name}-${container}${previous ? '-previous' : ''}.log`, text: redactText(text) };
    }
    const port = ports[container];
    if (port === undefined) continue;
    const metrics = await attempt(`metrics of ${name}`, () => readText(options, `${name}:${port}/proxy/metrics`, {}));
    if (metrics !== undefined) yield { path: `metrics/${name}.txt`, text: metrics };
  }
  if (!hasAny) throw new Error(`nothing may be read: ${problems[0]}`);
  if (problems.length > 0) yield { path: 'errors.txt', text: `${problems.join('\n')}\n` };
}

/** Where our containers serve /metrics, by their names. */
const ports: Readonly<Record<string, number>> = { controller: 8480, agent: 8481, failover: 8482 };

async function readStatus({ client, now, signal }: BundleOptions): Promise<string> {
  return renderStatus(gatewayLines(await readCluster(client, now, signal)), { wide: true, now });
}

async function readAll(
  { client, signal }: BundleOptions,
  resource: ResourceRef,
  namespace?: string,
): Promise<readonly unknown[]> {
  let all: unknown[] = [];
  await readPages({ client, resource }, { namespace, signal }, (items, restart) => {
    all = [...(restart ? [] : all), ...items];
  });
  return all;
}

async function readText(
  { client, namespace, signal }: BundleOptions,
  path: string,
  query: Readonly<Record<string, string | number | boolean>>,
): Promise<string> {
  const base = `/api/v1/namespaces/${namespace}/pods`;
  const { body } = await client.request({ method: 'GET', path: `${base}/${path}`, query, signal, retries: 0 });
  return typeof body === 'string' ? body : JSON.stringify(body);
}

// Items of a list lack apiVersion and kind.
function renderObjects(all: readonly unknown[], resource: ResourceRef, redact: (raw: unknown) => unknown): string {
  const objects = all.map((raw) => ({
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    ...(redact(raw) as object),
  }));
  return objects.length === 0 ? '' : objects.map((object) => stringify(object)).join('---\n');
}

function isAboutOurs(event: unknown): boolean {
  const { regarding } = event as { readonly regarding?: { readonly apiVersion?: string } };
  const group = regarding?.apiVersion?.split('/')[0];
  return group === apiGroup || group === gatewayGroup;
}

interface Container {
  readonly name: string;
  readonly container: string;
  readonly isAgain: boolean;
}

function containersOf(pod: unknown): readonly Container[] {
  const { metadata, status } = pod as {
    readonly metadata: { readonly name: string };
    readonly status?: {
      readonly containerStatuses?: readonly { readonly name: string; readonly restartCount?: number }[];
    };
  };
  return (status?.containerStatuses ?? []).map(({ name: container, restartCount = 0 }) => {
    return { name: metadata.name, container, isAgain: restartCount > 0 };
  });
}
