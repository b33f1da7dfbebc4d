import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../src/cli/version.ts';
import { provideUpstreamSuite } from '../upstream/build.ts';
import { asking, waiting } from './client.ts';
import type { ClusterNode } from './cluster.ts';
import { usableAddresses } from './install.ts';
import { gatewayClass } from './objects.ts';
import type { Outside } from './outside.ts';
import type { Place } from './place.ts';

export interface SuitesContext {
  readonly place: Place;
  readonly kubectl: string;
  readonly kubeconfig: string;
  readonly nodes: readonly ClusterNode[];
  readonly outside: Outside;
  readonly image: string;
  readonly sallyport: readonly string[];
  /** Where the reports go; absent: nowhere. */
  readonly reports?: string;
  readonly label: string;
  readonly say: (text: string) => void;
}

export interface SuiteResult {
  readonly suite: string;
  readonly ok: boolean;
  /** Its last words. */
  readonly summary: string;
}

/** The EgressRoute suite against the cluster, as any implementation's: `conformance/README.md`. */
export async function runEgressSuite(context: SuitesContext): Promise<SuiteResult> {
  const { outside, nodes, sallyport, image, kubectl, kubeconfig, label, reports } = context;
  const fault = ['node', join(import.meta.dirname, 'fault.ts'), '{action}', '{node}'];
  const flags = {
    'gateway-class': gatewayClass,
    kubeconfig,
    'outside-address': outside.addresses.join(','),
    'pod-image': image,
    'pod-command': JSON.stringify(waiting),
    'client-command': JSON.stringify([...asking, '{to}', '{port}', '{protocol}']),
    'fault-command': JSON.stringify(fault),
    'usable-address': usableAddresses(nodes).join(','),
    'unusable-address': '192.0.2.254',
    parallel: '4',
    organization: 'sallyport',
    project: 'sallyport',
    url: 'https://sallyport.dev',
    'implementation-version': `v${version}`,
    contact: 'https://sallyport.dev',
    ...(outside.addresses.some((address) => address.includes(':'))
      ? {}
      : { 'exempt-features': 'GatewayEgressDualStack' }),
    ...(reports === undefined ? {} : { report: join(reports, `sallyport-v${version}-${label}.yaml`) }),
  };
  if (reports !== undefined) mkdirSync(reports, { recursive: true });
  const command = [
    ...sallyport,
    'conformance',
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
  ];
  const env = { SALLYPORT_KIND_IMAGE: image, SALLYPORT_KIND_KUBECTL: kubectl, PATH: pathWith(kubectl) };
  return await runShown(context, 'EgressRoute', { command, env });
}

/** Gateway API's own suite, the part of it that means something for egress. */
export async function runUpstreamSuite(context: SuitesContext): Promise<SuiteResult> {
  const { label, reports, kubeconfig, say } = context;
  // Built before it is run: where the cluster is there may be no way to the modules.
  await provideUpstreamSuite(say);
  const report = reports === undefined ? [] : ['--report', join(reports, `upstream-v${version}-${label}.yaml`)];
  const program = join(import.meta.dirname, '..', 'upstream', 'main.ts');
  const command = ['node', program, '--kubeconfig', kubeconfig, '--gateway-class', gatewayClass, ...report];
  return await runShown(context, 'Gateway API', { command, env: {} });
}

async function runShown(
  { place, say }: SuitesContext,
  suite: string,
  { command, env }: { readonly command: readonly string[]; readonly env: NodeJS.ProcessEnv },
): Promise<SuiteResult> {
  const { status, stdout, stderr } = await place.tryRun(command, { env, shown: true });
  const lines = (text: string) => text.trim().split('\n');
  // Of what was not shown while it ran.
  for (const line of lines(stdout).filter((line) => /FAIL|^ {7}|skip/.test(line))) say(line);
  return { suite, ok: status === 0, summary: lines(stdout).at(-1) || (lines(stderr).at(-1) ?? '') };
}

const pathWith = (program: string): string => `${join(program, '..')}:${process.env['PATH'] ?? ''}`;
