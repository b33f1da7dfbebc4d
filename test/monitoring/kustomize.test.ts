import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findBinaries } from '../support/binaries.ts';

const config = join(import.meta.dirname, '..', '..', 'config');

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly podMetricsEndpoints?: readonly { readonly port: string }[];
    readonly template?: {
      readonly metadata: {
        readonly labels: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
      };
      readonly spec: {
        readonly containers: readonly {
          readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
        }[];
      };
    };
  };
  readonly data?: Readonly<Record<string, string>>;
}

/** config/install with components beside it, as kubectl renders them. */
async function render(...components: readonly string[]): Promise<readonly Rendered[]> {
  const kubectl = join(await findBinaries(), 'kubectl');
  const folder = mkdtempSync(join(tmpdir(), 'kustomize-'));
  try {
    const at = (path: string) => relative(folder, join(config, path));
    const kustomization = { resources: [at('install')], components: components.map(at) };
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    const text = execFileSync(kubectl, ['kustomize', folder], { encoding: 'utf8', maxBuffer: 2 ** 26 });
    return parseAllDocuments(text).map((document) => document.toJS() as Rendered);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const workloads = (objects: readonly Rendered[]) => objects.filter(({ spec }) => spec?.template !== undefined);
const portOf = ({ spec }: Rendered) =>
  spec?.template?.spec.containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === 'telemetry')
    ?.containerPort;

test('each PodMonitor selects one workload, by a port that it has; the dashboard is a ConfigMap, the alerts are an object', async () => {
  const objects = await render('monitoring');
  const monitors = objects.filter(({ kind }) => kind === 'PodMonitor');
  expect(monitors.map(({ metadata }) => metadata.name)).toEqual([
    'sallyport-agent',
    'sallyport-controller',
    'sallyport-failover',
  ]);
  for (const { metadata, spec } of monitors) {
    const wanted = Object.entries(spec?.selector?.matchLabels ?? {});
    const selected = workloads(objects).filter((each) =>
      wanted.every(([label, value]) => each.spec?.template?.metadata.labels[label] === value),
    );
    expect(selected.map((each) => each.metadata.name)).toEqual([metadata.name]);
    expect(spec?.podMetricsEndpoints?.map(({ port }) => port)).toEqual(['telemetry']);
    expect(selected.map(portOf)).not.toContain(undefined);
  }
  const [dashboard] = objects.filter(({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1');
  expect(JSON.parse(dashboard?.data?.['sallyport.json'] ?? '{}')).toMatchObject({ uid: 'sallyport' });
  expect(objects.filter(({ kind }) => kind === 'PrometheusRule')).toHaveLength(1);
});

test('by annotations every workload that answers is scraped at its own port', async () => {
  const objects = workloads(await render('monitoring/annotations'));
  const scraped = objects.map((each) => [
    each.spec?.template?.metadata.annotations?.['prometheus.io/port'],
    portOf(each),
  ]);
  expect(scraped).toEqual(
    expect.arrayContaining([
      ['8480', 8480],
      ['8481', 8481],
      ['8482', 8482],
    ]),
  );
  expect(scraped).toHaveLength(3);
});
