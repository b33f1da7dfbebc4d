import { readFile } from 'node:fs/promises';
import { renderDashboard } from './dashboard.ts';
import { renderMetricsPage } from './metrics-page.ts';
import { renderPrometheusRule } from './prometheus-rule.ts';

const root = new URL('../../', import.meta.url);
const alertsPath = 'config/monitoring/alerts.yaml';

/** A generated file, by its path in the repository. */
export interface GeneratedFile {
  readonly path: string;
  readonly url: URL;
  readonly text: string;
}

/** What hack/update-monitoring.ts writes. */
export async function renderMonitoring(): Promise<readonly GeneratedFile[]> {
  const alerts = await readFile(new URL(alertsPath, root), 'utf8');
  const texts = {
    'docs/metrics.md': renderMetricsPage(),
    'config/monitoring/prometheus-rule.yaml': renderPrometheusRule(alerts),
    'config/monitoring/dashboard.json': renderDashboard(),
  };
  return Object.entries(texts).map(([path, text]) => ({ path, url: new URL(path, root), text }));
}

/** A sentence for every generated file that is not as it would be written. */
export async function findStaleMonitoring(): Promise<readonly string[]> {
  const files = await renderMonitoring();
  const found = await Promise.all(
    files.map(async ({ path, url, text }) => {
      const present = await readFile(url, 'utf8').catch(() => undefined);
      if (present === undefined) return [`${path} is missing`];
      return present === text ? [] : [`${path} is not what its sources say`];
    }),
  );
  return found.flat();
}
