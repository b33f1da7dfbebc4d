import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { resolveGatewayApiCrds } from '../../hack/controlplane/resolve.ts';
import { capabilitiesOf } from '../../hack/lab/capabilities.ts';
import type { PodContainer } from '../../hack/lab/pod.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { findBinaries } from '../support/binaries.ts';
import { installCrds } from '../support/install-crds.ts';

// config/install and its overlays as kubectl renders them: what containers may do, what RBAC grants, and that a real API server takes all of it.

const config = join(import.meta.dirname, '..', '..', 'config');
const overlays = readdirSync(join(config, 'overlays')).map((name) => `overlays/${name}`);
const kubectl = join(await findBinaries(), 'kubectl');

interface PodTemplate {
  readonly automountServiceAccountToken?: boolean;
  readonly hostPID?: boolean;
  readonly hostNetwork?: boolean;
  readonly priorityClassName?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly Container[];
  readonly volumes?: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
}
interface Container extends PodContainer {
  readonly securityContext?: PodContainer['securityContext'] & {
    readonly allowPrivilegeEscalation?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly runAsUser?: number;
    readonly runAsNonRoot?: boolean;
    readonly seccompProfile?: { readonly type: string };
  };
  readonly resources?: { readonly requests?: object };
}
interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules?: readonly Rule[];
  readonly spec?: { readonly template?: { readonly spec: PodTemplate } };
}

const render = (folder: string): readonly Manifest[] => {
  const text = execFileSync(kubectl, ['kustomize', join(config, folder)], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return parseAllDocuments(text).map((document): Manifest => document.toJS());
};
const pods = (folder: string) =>
  render(folder).flatMap(({ metadata, spec }) =>
    spec?.template === undefined ? [] : [{ name: metadata.name, pod: spec.template.spec }],
  );
const installed = render('install');
const podOf = (folder: string, name: string) => pods(folder).find((each) => each.name === name)?.pod;

describe.each(['install', 'uninstall', ...overlays])('the containers of config/%s', (folder) => {
  test.each(pods(folder).flatMap(({ name, pod }) => pod.containers.map((container) => ({ name, pod, container }))))(
    '$name is confined',
    ({ pod, container: { securityContext = {}, ...container } }) => {
      const { capabilities, ...context } = securityContext;
      expect(context).toMatchObject({
        ...{
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          seccompProfile: { type: 'RuntimeDefault' },
        },
      });
      expect(context.privileged ?? false).toBe(false);
      expect(capabilities?.drop).toEqual(['ALL']);
      expect([pod.hostPID, (pod as { readonly hostIPC?: boolean }).hostIPC]).toEqual([undefined, undefined]);
      expect(container.resources?.requests).toBeDefined();
      expect(container.livenessProbe?.httpGet?.path).toBe('/livez');
      expect(container.readinessProbe?.httpGet?.path).toBe('/readyz');
      expect(pod.priorityClassName).toMatch(/^system-(node|cluster)-critical$/);
    },
  );
});

describe('config/install', () => {
  it('gives each process the capabilities of docs/design/0020 and no others', () => {
    const granted = pods('install').map(({ name, pod }) => [name, pod.containers.map(capabilitiesOf).join()]);
    expect(Object.fromEntries(granted)).toEqual({
      'sallyport-agent': 'net_admin,sys_admin',
      'sallyport-controller': 'none',
      'sallyport-failover': 'ipc_lock,net_admin,net_bind_service,net_raw,sys_nice',
    });
    const least = podOf('overlays/least-privilege', 'sallyport-agent');
    expect(least?.containers.map(capabilitiesOf)).toEqual(['net_admin']);
    expect(JSON.stringify(least)).not.toContain('containerd');
  });

  it('runs the controller as nobody, away from the nodes', () => {
    const controller = podOf('install', 'sallyport-controller');
    expect(controller?.containers[0]?.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532 });
    expect([controller?.hostNetwork, controller?.volumes]).toEqual([undefined, undefined]);
    expect(installed.filter(({ kind }) => kind === 'PodDisruptionBudget').map(({ metadata }) => metadata.name)).toEqual(
      ['sallyport-controller'],
    );
  });

  it('mounts nothing of the nodes but what the agent needs', () => {
    const paths = pods('install').flatMap(({ name, pod }) =>
      (pod.volumes ?? []).flatMap(({ hostPath }) => (hostPath === undefined ? [] : [`${name} ${hostPath.path}`])),
    );
    expect(paths).toEqual([
      'sallyport-agent /run/sallyport',
      'sallyport-agent /proc/sys/net',
      'sallyport-agent /run/containerd',
      'sallyport-failover /run/sallyport',
    ]);
  });

  it('names the image of this release', () => {
    const { version } = JSON.parse(readFileSync(join(config, '..', 'package.json'), 'utf8'));
    for (const folder of ['install', 'uninstall'])
      for (const { pod } of pods(folder))
        for (const { image } of pod.containers) expect(image).toBe(`sallyport:${version}`);
  });

  it('grants no wildcard, no Secret, no way to more rights', () => {
    const rules = installed.flatMap(({ kind, metadata, rules = [] }) =>
      rules.map((rule) => ({ ...rule, of: `${kind} ${metadata.name}` })),
    );
    expect(rules.length).toBeGreaterThan(10);
    for (const { of, apiGroups, resources, verbs } of rules) {
      const all = [...apiGroups, ...resources, ...verbs];
      expect(
        all.filter((word) => word.includes('*')),
        of,
      ).toEqual([]);
      expect(
        resources.filter((name) => /^(secrets|configmaps|serviceaccounts)|\/(token|exec|proxy)$/.test(name)),
        of,
      ).toEqual([]);
      expect(
        verbs.filter((verb) => ['escalate', 'bind', 'impersonate', 'use'].includes(verb)),
        of,
      ).toEqual([]);
    }
  });

  it('lets the agent write its reports and Leases alone, tenants routes and parameters alone', () => {
    const writes = (name: string) =>
      installed
        .filter(({ metadata }) => metadata.name === name)
        .flatMap(({ rules = [] }) => rules)
        .filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)))
        .flatMap(({ resources }) => resources)
        .sort();
    expect(writes('sallyport-agent')).toEqual(['egressnodereports', 'leases']);
    expect(writes('sallyport-tenant-edit')).toEqual(['egressgatewayparameters', 'egressroutes']);
    expect(writes('sallyport-tenant-view')).toEqual([]);
    const bound = installed.filter(({ kind }) => /Binding$/.test(kind) && !/Policy/.test(kind));
    expect(bound.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual([
      ...['ClusterRoleBinding sallyport-agent', 'ClusterRoleBinding sallyport-controller'],
      ...['RoleBinding sallyport-agent', 'RoleBinding sallyport-controller'],
    ]);
  });

  it('gives failover process and cleaner no token', () => {
    expect(podOf('install', 'sallyport-failover')?.automountServiceAccountToken).toBe(false);
    expect(podOf('uninstall', 'sallyport-agent')?.automountServiceAccountToken).toBe(false);
  });
});

describe('a real API server', () => {
  let server: ApiServer;
  const apply = (...args: readonly string[]) =>
    execFileSync(kubectl, [`--kubeconfig=${server.kubeconfig}`, 'apply', '--server-side', ...args], {
      ...{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    });

  beforeAll(async () => {
    server = await startApiServer();
    await installCrds(server, [(await resolveGatewayApiCrds()).dir, join(config, 'crd')]);
    apply('-k', join(config, 'install'));
  }, 120_000);
  afterAll(() => server?.[Symbol.asyncDispose]());

  it.each(['install', 'uninstall', ...overlays])('takes config/%s', (folder) => {
    expect(apply('--dry-run=server', '--force-conflicts', '-k', join(config, folder))).toContain('serverside-applied');
  });
});
