import { randomBytes } from 'node:crypto';
import { stringify } from 'yaml';
import { type KubeClient, loadClient } from '../../src/kube/client.ts';
import { writeFileAtomic } from '../../src/platform/files.ts';
import { openAddressDesk } from '../lib/addresses.ts';
import { extendedFeatures, type Feature } from '../lib/features.ts';
import { renderJunit } from '../lib/junit.ts';
import { renderProgress } from '../lib/progress.ts';
import { type ConformanceReport, type Implementation, renderReport } from '../lib/report.ts';
import { runSuite } from '../lib/run-suite.ts';
import type { Result } from '../lib/run-test.ts';
import type { Run } from '../lib/scope.ts';
import { featuresUnderTest, type Selected, selectTests } from '../lib/select-tests.ts';
import { defaultTimeouts } from '../lib/timeouts.ts';
import type { World } from '../lib/world.ts';
import { suite } from '../suite.ts';
import { openWorld } from './cluster-world.ts';
import { createDiscovery } from './discovery.ts';
import { createApi } from './kube-api.ts';
import { untilNothingIsLeft } from './leftovers.ts';
import type { ConformanceOptions, Terminal } from './options.ts';
import { type Preflight, readCluster } from './preflight.ts';

/** Runs the suite against the configured cluster; answers whether every test that ran passed. */
export async function runConformance(
  options: ConformanceOptions,
  {
    terminal,
    signal,
    version,
  }: { readonly terminal: Terminal; readonly signal: AbortSignal; readonly version: string },
): Promise<boolean> {
  const implementation = checkImplementation(options);
  const { kubeconfig, context } = options;
  await using client = await loadClient({ userAgent: `sallyport-conformance/${version}`, kubeconfig, context });
  const { world, preflight } = await connect(client, options, signal);
  const features = chooseFeatures(options, preflight);
  const selected = selectTests(suite, {
    features,
    ...(options.run === undefined ? {} : { run: options.run }),
    ...(options.skip === undefined ? {} : { skip: options.skip }),
  });
  const run = openRun(world, features, options);
  const results = await runSelected(run, selected, { parallel: options.parallel, terminal, signal });
  await untilNothingIsLeft(run, { terminal, signal });
  const date = new Date().toISOString();
  const report = renderReport({ ...preflight, implementation, date, features, selected, results });
  await writeOutputs(options, { report, selected, results, terminal });
  const wanted = selected.filter(({ kind }) => kind === 'run').length;
  if (results.length < wanted) terminal.writeError(`interrupted: ${results.length} of ${wanted} tests ended\n`);
  return wanted > 0 && results.length === wanted && results.every(({ outcome }) => outcome.kind !== 'failed');
}

// Before anything is created: a run of minutes must not end with a report that cannot be written.
function checkImplementation({ implementation, report }: ConformanceOptions): Implementation {
  const { organization = '', project = '', url = '', version = '', contact = [] } = implementation;
  const missing = Object.entries({ organization, project, url, version, contact })
    .filter(([, value]) => value.length === 0)
    .map(([name]) => `--${name === 'version' ? 'implementation-version' : name}`);
  if (report !== undefined && missing.length > 0)
    throw new RangeError(`a report says who made the implementation: give ${missing.join(', ')}`);
  return { organization, project, url, version, contact };
}

async function connect(client: KubeClient, options: ConformanceOptions, signal: AbortSignal) {
  // Nothing has been made yet that would have to be removed: whoever stops now does not wait for an answer.
  const asking: KubeClient = { ...client, request: (request) => client.request({ signal, ...request }) };
  const preflight = await readCluster(createApi(asking, createDiscovery(asking)), options.gatewayClass);
  const api = createApi(client, createDiscovery(client));
  const world = await openWorld(api, { ...options, controllerName: preflight.controllerName }, signal);
  return { world, preflight };
}

function chooseFeatures(options: ConformanceOptions, { saidFeatures }: Preflight): ReadonlySet<Feature> {
  const { supportedFeatures, allFeatures = false, exemptFeatures = [] } = options;
  const said = allFeatures ? extendedFeatures : (supportedFeatures ?? saidFeatures);
  return featuresUnderTest(
    said.filter((feature) => !exemptFeatures.includes(feature)),
    extendedFeatures,
  );
}

function openRun(world: World, features: ReadonlySet<Feature>, { timeout }: ConformanceOptions): Run {
  let count = 0;
  const milliseconds = timeout === undefined ? undefined : timeout * 1000;
  return {
    world,
    features,
    timeouts:
      milliseconds === undefined
        ? defaultTimeouts
        : { ...defaultTimeouts, status: milliseconds, programmed: milliseconds, traffic: milliseconds },
    id: randomBytes(3).toString('hex'),
    addresses: openAddressDesk(world.addresses.usable),
    next: () => {
      count += 1;
      return count;
    },
  };
}

async function runSelected(
  run: Run,
  selected: readonly Selected[],
  options: { readonly parallel: number; readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<readonly Result[]> {
  const { parallel, terminal, signal } = options;
  const tests = selected.flatMap((entry) => (entry.kind === 'run' ? [entry.test] : []));
  const style = { colours: terminal.colours, total: tests.length };
  const say = [...run.features].toSorted().join(', ');
  terminal.writeError(`${tests.length} tests of run ${run.id} for GatewayClass ${run.world.gatewayClass}: ${say}\n`);
  let count = 0;
  return await runSuite(run, tests, {
    parallel,
    signal,
    onEnd: (result) => {
      count += 1;
      terminal.writeError(renderProgress(style, count, result));
    },
  });
}

async function writeOutputs(
  options: ConformanceOptions,
  run: {
    readonly report: ConformanceReport;
    readonly selected: readonly Selected[];
    readonly results: readonly Result[];
    readonly terminal: Terminal;
  },
): Promise<void> {
  const { report, selected, results, terminal } = run;
  if (options.report !== undefined)
    await writeFileAtomic(options.report, stringify(report, { sortMapEntries: true, version: '1.1' }));
  if (options.junit !== undefined) await writeFileAtomic(options.junit, renderJunit(selected, results));
  if (options.output === 'json') {
    const tests = results.map(({ test, outcome }) => ({ name: test.name, ...outcome }));
    terminal.writeOut(`${JSON.stringify({ report, tests }, undefined, 2)}\n`);
  } else {
    for (const { name, summary } of report.profiles) terminal.writeOut(`${name}: ${summary}\n`);
  }
}
