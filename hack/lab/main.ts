// The lab's main process, inside its namespaces (init.sh): starts everything, runs the command, ends with its status.
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createCredentials } from './certificates.ts';
import { createPodNetwork } from './cni.ts';
import { serveCommands } from './command-server.ts';
import { containerFiles } from './container-files.ts';
import { startControlPlane, waitForApi } from './control-plane.ts';
import { writeFacts } from './facts.ts';
import { externalNetworks } from './fixed-points.ts';
import { prepareImageRoot } from './image-root.ts';
import { runInner } from './inner-command.ts';
import { type Applied, applyManifests, applySamples, installGatewayApi, installSallyport } from './install.ts';
import { keepConfigurations, keepLogs, startCaptures } from './keep.ts';
import { createKubeApi, type KubeApi } from './kube-api.ts';
import { startKubelet } from './kubelet.ts';
import { labNode } from './lab-node.ts';
import { waitForNodes } from './node-objects.ts';
import { type LabOptions, parseOptions, usage } from './options.ts';
import { startOutside } from './outside.ts';
import { prepareProber } from './owner.ts';
import { authorityFile, binDir, logDir } from './paths.ts';
import { installBundles, installPrograms } from './programs.ts';
import { waitUntilReady } from './ready.ts';
import { startServiceProxy } from './service-proxy.ts';
import { createTopology } from './topology.ts';

const started = Number(process.env['SALLYPORT_LAB_STARTED'] ?? Date.now() / 1000) * 1000;

/** One line of progress on stderr, with the seconds since the start of hack/lab/run. */
function say(text: string): void {
  process.stderr.write(`lab: ${((Date.now() - started) / 1000).toFixed(1)} s: ${text}\n`);
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start the lab with hack/lab/run`);
  return value;
}

/** The cluster: networks, control plane, nodes. */
async function startCluster(options: LabOptions): Promise<KubeApi> {
  const nodes = Array.from({ length: options.nodes }, (_, i) => labNode(i + 1, options.ipFamily));
  const topology = { nodes, networks: externalNetworks(options.networks) };
  const names = nodes.map(({ name }) => name);
  const bin = required('SALLYPORT_LAB_CONTROL_PLANE');
  const token = await createCredentials();
  const api = createKubeApi(token, readFileSync(authorityFile));
  const networks = createTopology(topology).then(() =>
    Promise.all([
      createPodNetwork(options.cni, nodes),
      startOutside(topology.networks),
      prepareProber(topology.networks),
    ]),
  );
  await networks; // the API server announces an address of the topology
  if (options.keep !== undefined) startCaptures(options.keep, topology.networks);
  const controlPlane = startControlPlane(bin, api, options.ipFamily);
  const [root] = await Promise.all([
    options.image === undefined ? '/' : prepareImageRoot(options.image),
    installPrograms(bin, !options.bare),
    installBundles(options.bundles),
    waitForApi(api),
    writeFacts({ nodes: names, networks: topology.networks, families: options.ipFamily }),
  ]);
  say('API server ready');
  const advert = options.advert === undefined ? {} : { SALLYPORT_ADVERT_MS: `${options.advert}` };
  // Tests need not wait for the self-probe as people do.
  const env: Record<string, string> = { SALLYPORT_PROBE_SECONDS: '5', ...advert };
  const signal = new AbortController().signal; // until the process ends
  const { cni, cri, joinLater } = options;
  const filesOf = (image: string) => containerFiles(image, { root, bundles: options.bundles });
  const kubelet = await startKubelet({ api, cni, cri, env, filesOf, joinLater }, nodes, signal);
  startServiceProxy(api, nodes, signal);
  await serveCommands({ topology, kubelet, controlPlane });
  return api;
}

async function installAll(api: KubeApi, { bare, manifests, ipFamily, install }: LabOptions): Promise<void> {
  const applied: Applied[] = [];
  await Promise.all([waitForNodes(api), bare ? undefined : installGatewayApi(required('SALLYPORT_LAB_CRDS'))]);
  if (!bare) {
    applied.push(...(await installSallyport(install)));
    applied.push(...(await applySamples(ipFamily)));
    say('Sallyport installed');
  }
  for (const path of manifests) applied.push(...(await applyManifests(path)));
  await waitUntilReady(api, applied);
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (!options.ok) {
    process.stderr.write(`hack/lab/run: ${options.message}\n${usage}\n`);
    return 2;
  }
  const { keep, command, nodes } = options.value;
  await Promise.all([mkdir(logDir, { recursive: true }), mkdir(binDir, { recursive: true })]);
  if (keep !== undefined) await keepLogs(keep);
  try {
    const api = await startCluster(options.value);
    await installAll(api, options.value);
    say('ready');
    process.removeAllListeners('SIGINT').on('SIGINT', () => {}); // from here on the command's
    return await runInner(command, nodes);
  } finally {
    if (keep !== undefined) await keepConfigurations(keep);
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`lab: ${(error as Error).message}\n`);
  process.exit(1);
}
