import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { gatewayApiCacheDir } from '../../hack/controlplane/cache.ts';
import { resources } from '../../src/api/resources.ts';
import { compileSteps } from '../../src/compile/compile.ts';
import { registerMetrics } from '../../src/controller/metrics.ts';
import { startController } from '../../src/controller/run.ts';
import { applyObject } from '../../src/kube/apply.ts';
import type { KubeClient, RequestObserver } from '../../src/kube/client.ts';
import type { ResourceRef } from '../../src/kube/resource.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { ApiServer } from './api-server.ts';
import { installCrds } from './install-crds.ts';
import { loadTestClient } from './kube-client.ts';
import { silentLog } from './silent-log.ts';

const root = join(import.meta.dirname, '..', '..');
const systemNamespace = 'sallyport-system';

const core = (plural: string, kind: string, namespaced = false): ResourceRef => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
});
const rbac = (plural: string, kind: string, namespaced: boolean): ResourceRef => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced,
});

const admission = (plural: string, kind: string): ResourceRef => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});

/** The kinds that the fixtures create besides ours. */
const kinds: Readonly<Record<string, ResourceRef>> = {
  Namespace: core('namespaces', 'Namespace'),
  ServiceAccount: core('serviceaccounts', 'ServiceAccount', true),
  ClusterRole: rbac('clusterroles', 'ClusterRole', false),
  ClusterRoleBinding: rbac('clusterrolebindings', 'ClusterRoleBinding', false),
  Role: rbac('roles', 'Role', true),
  RoleBinding: rbac('rolebindings', 'RoleBinding', true),
  ValidatingAdmissionPolicy: admission('validatingadmissionpolicies', 'ValidatingAdmissionPolicy'),
  ValidatingAdmissionPolicyBinding: admission('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding'),
  ...Object.fromEntries(Object.values(resources).map((resource) => [resource.kind, resource])),
};

/** An object as a manifest has it. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

/** Applies a manifest of a kind of ours, or of those that the controller's rights need. */
export async function applyManifest(client: KubeClient, { kind, ...object }: Manifest): Promise<void> {
  const resource = kinds[kind];
  if (resource === undefined) throw new RangeError(`no ${kind} here`);
  const { apiVersion: _, ...rest } = object as Manifest & { readonly apiVersion?: string };
  await applyObject(client, resource, rest, { fieldManager: 'test' });
}

/** Installs what a controller needs: Gateway API's CRDs and ours, its namespace, its ServiceAccount and that one's rights. */
export async function installController(server: ApiServer, admin: KubeClient): Promise<void> {
  await installCrds(server, [gatewayApiCacheDir(), join(root, 'config/crd')]);
  await applyManifest(admin, { kind: 'Namespace', metadata: { name: systemNamespace } });
  const text = await readFile(join(root, 'config/rbac/controller.yaml'), 'utf8');
  for (const document of parseAllDocuments(text)) await applyManifest(admin, document.toJS() as Manifest);
}

/** A client with exactly the controller's rights, and no exemption from API Priority and Fairness. */
export async function loadControllerClient(
  server: ApiServer,
  onRequest: RequestObserver,
): Promise<KubeClient & AsyncDisposable> {
  const path = `/api/v1/namespaces/${systemNamespace}/serviceaccounts/sallyport-controller/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const answer = await server.client.request(path, { method: 'POST', body });
  const { token } = (answer.body as { readonly status: { readonly token: string } }).status;
  return await loadTestClient(server, { token, onRequest });
}

/** Runs the controller in this process until the signal aborts; resolves when it has ended. */
export function runController(client: KubeClient, signal: AbortSignal): { readonly done: Promise<void> } {
  const metrics = registerMetrics(createMetrics());
  return startController({
    client,
    compile: compileSteps,
    namespace: systemNamespace,
    identity: 'test',
    metrics,
    onScrape: () => {},
    clock: systemClock,
    log: silentLog,
    signal,
  });
}
