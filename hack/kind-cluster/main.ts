import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { version } from '../../src/cli/version.ts';
import { cacheDir } from '../controlplane/cache.ts';
import { resolveControlPlane, resolveGatewayApiCrds } from '../controlplane/resolve.ts';
import { buildImage } from '../image-build/build.ts';
import type { Architecture } from '../image-build/wanted.ts';
import { requireIperf } from '../lib/iperf.ts';
import { type ClusterNode, createCluster, readNodes } from './cluster.ts';
import { runEssentials } from './essentials.ts';
import { kindVersion, provideGoProgram } from './go-programs.ts';
import { installSallyport, uninstallSallyport } from './install.ts';
import { provideNodeImage } from './node-image.ts';
import { type KindOptions, parseKindOptions, usage } from './options.ts';
import { startOutside } from './outside.ts';
import { startOwnDocker } from './own-docker.ts';
import { createPlace, type Place } from './place.ts';
import { makePlainNetwork } from './plain-network.ts';
import { type RunReport, writeReport } from './report.ts';
import { runEgressSuite, runUpstreamSuite, type SuiteResult } from './suites.ts';
import { measureThroughput } from './throughput.ts';
import { tryTool, until } from './tools.ts';

// What hack/kind does: a cluster, Sallyport in it, what a user would see, both conformance suites.

const started = performance.now();
const steps: { readonly name: string; readonly seconds: number }[] = [];

function say(text: string): void {
  process.stderr.write(`kind: ${((performance.now() - started) / 1000).toFixed(1)} s: ${text}\n`);
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  say(name);
  const value = await work();
  steps.push({ name, seconds: (performance.now() - begin) / 1000 });
  return value;
}

const arch: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const image = `sallyport:${version}`;
const sallyport = ['node', join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')];

async function findKind(): Promise<string> {
  const found = await tryTool(['kind', 'version']).catch(() => ({ status: 1 }));
  return found.status === 0
    ? 'kind'
    : await step(`kind ${kindVersion} from Go modules`, () => provideGoProgram('kind'));
}

interface Ground {
  readonly place: Place;
  readonly kind: string;
  readonly kubectl: string;
  readonly kubeconfig: string;
  readonly nodes: readonly ClusterNode[];
}

/** The cluster with Sallyport's image in it. */
async function makeCluster(options: KindOptions, ground: Omit<Ground, 'nodes'>): Promise<readonly ClusterNode[]> {
  const { place, kind } = ground;
  const { name, proxyMode, ipFamily, nodeImage } = options;
  const isBuilt = nodeImage.kind === 'built';
  const named = nodeImage.kind === 'named' ? nodeImage.name : undefined;
  const chosen = isBuilt ? await provideNodeImage({ place, arch, step }) : named;
  const archive = join(cacheDir(), `sallyport-${version}-${arch}.tar`);
  await step('hack/image', () =>
    buildImage({ arch, name: `docker.io/library/${image}`, output: archive }, { version, say }),
  );
  await place.tryRun([kind, 'delete', 'cluster', '--name', name]);
  const wish = { name, proxyMode, ipFamily, bareNetwork: isBuilt, ...(chosen === undefined ? {} : { image: chosen }) };
  await step('kind create cluster', () => createCluster(place, kind, wish));
  const nodes = await until('the nodes have their ranges', 60, async () => {
    const all = await readNodes(place);
    return all.length === 4 && all.every(({ podCidrs }) => podCidrs.length === (ipFamily === 'dual' ? 2 : 1))
      ? all
      : undefined;
  });
  if (isBuilt) {
    await makePlainNetwork(place, nodes);
    await place.kubectl(['delete', 'deployment', '-n', 'kube-system', 'coredns', '--ignore-not-found']);
  }
  await step('nodes Ready', () => place.kubectl(['wait', 'node', '--all', '--for=condition=Ready', '--timeout=180s']));
  await step('image into the nodes', async () => {
    await place.run([kind, 'load', 'image-archive', archive, '--name', name]);
    await place.docker(['load', '--input', archive]);
  });
  return nodes;
}

async function runAll(options: KindOptions, ground: Ground): Promise<boolean> {
  const { place, kubectl, kubeconfig, nodes } = ground;
  const crds = (await resolveGatewayApiCrds()).dir;
  const facts = await factsOf(options, ground);
  const outside = await step('a server outside', () => startOutside(place, { name: options.name, image, nodes }));
  await step('Sallyport installed and Ready', () => installSallyport(place, { kubectl, crds, image, nodes }));
  const essentials = [
    ...(await step('essentials of the data plane', () =>
      runEssentials({ place, nodes, outside, image, sallyport }, say),
    )),
  ];
  const label = `kind-${options.proxyMode}`;
  const context = { ...{ place, kubectl, kubeconfig, nodes, outside, image, sallyport, label, say } };
  const reports = options.reports === undefined ? {} : { reports: options.reports };
  const suites: SuiteResult[] = [];
  if (options.conformance) {
    suites.push(await step('EgressRoute suite', () => runEgressSuite({ ...context, ...reports })));
    suites.push(await step("Gateway API's suite", () => runUpstreamSuite({ ...context, ...reports })));
  }
  const { throughput: rounds } = options;
  if (rounds !== undefined) {
    const onLine = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`);
    await step('throughput', () => measureThroughput({ place, nodes, outside, image }, { rounds, say, onLine }));
  }
  if (!options.keep) {
    const left = await step('uninstall', () => uninstallSallyport(place, { kubectl, image, nodes }));
    const seen = left.length === 0 ? 'nothing' : left.join('; ');
    essentials.push({
      what: 'left on the nodes after uninstalling (tables, devices, routes, rules, addresses)',
      ok: left.length === 0,
      seen,
    });
    say(`${left.length === 0 ? 'ok  ' : 'FAIL'} left after uninstalling: ${seen}`);
  }
  const report: RunReport = {
    title: `Sallyport v${version} on ${label}`,
    ...{ facts, steps },
    essentials,
    suites,
  };
  if (options.reports !== undefined) say(writeReport(options.reports, `sallyport-v${version}-${label}`, report));
  for (const { suite, ok, summary } of suites) say(`${ok ? 'ok  ' : 'FAIL'} ${suite}: ${summary}`);
  return [...essentials, ...suites].every(({ ok }) => ok);
}

async function factsOf(options: KindOptions, { place, kind, nodes }: Ground): Promise<ReadonlyMap<string, string>> {
  const path =
    'jsonpath={.items[0].status.nodeInfo.kubeletVersion}|{.items[0].status.nodeInfo.containerRuntimeVersion}|{.items[0].status.nodeInfo.kernelVersion}|{.items[0].status.nodeInfo.osImage}';
  const [kubelet = '', runtime = '', kernel = '', os = ''] = (await place.kubectl(['get', 'nodes', '-o', path])).split(
    '|',
  );
  const nodeImage = options.nodeImage.kind === 'built' ? 'built without a container registry' : options.nodeImage.kind;
  return new Map([
    ['kind', (await place.run([kind, 'version'])).trim()],
    ['nodes', `${nodes.length}, ${os}, image: ${nodeImage}`],
    ['kubelet', kubelet],
    ['container runtime', runtime],
    // Without what its builder calls it.
    ['kernel', kernel.replace(/-.*$/, '')],
    ['kube-proxy', options.proxyMode],
    ['IP families', options.ipFamily === 'dual' ? 'IPv4 and IPv6' : 'IPv4'],
    ['CNI', options.nodeImage.kind === 'built' ? 'ptp, host-local, portmap of the CNI project' : 'kindnet'],
    ['date', new Date().toISOString().slice(0, 10)],
  ]);
}

async function main(options: KindOptions): Promise<number> {
  if (options.throughput !== undefined) await requireIperf(); // it is minutes until it is needed
  const kubeconfig = join(cacheDir(), 'kind', `${options.name}.kubeconfig`);
  await mkdir(join(kubeconfig, '..'), { recursive: true });
  const kubectl = join((await resolveControlPlane()).dir, 'kubectl');
  const kind = await findKind();
  const daemon = options.ownDocker ? await step('dockerd', startOwnDocker) : undefined;
  const reach = daemon === undefined ? { enter: [] } : { enter: daemon.enter, dockerHost: daemon.host };
  const place = createPlace({ ...reach, kubeconfig, kubectl });
  try {
    if ((await place.tryRun(['docker', 'version']).catch(() => ({ status: 1 }))).status !== 0)
      throw new Error(
        'docker does not answer: start it, or let hack/kind start one of its own (--own-docker, as root)',
      );
    const nodes = await makeCluster(options, { place, kind, kubectl, kubeconfig });
    const ok = await runAll(options, { place, kind, kubectl, kubeconfig, nodes });
    return ok ? 0 : 1;
  } finally {
    if (options.keep)
      say(
        `left: ${reach.enter.join(' ')} env KUBECONFIG=${kubeconfig} ${daemon === undefined ? '' : `DOCKER_HOST=${daemon.host} `}bash`,
      );
    else {
      await place.tryRun(['docker', 'rm', '--force', `${options.name}-outside`]).catch(() => {});
      await place.tryRun([kind, 'delete', 'cluster', '--name', options.name]).catch(() => {});
      await rm(kubeconfig, { force: true });
      await daemon?.[Symbol.asyncDispose]();
    }
  }
}

try {
  const options = parseKindOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(`${usage}\n`);
  else process.exit(await main(options));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
