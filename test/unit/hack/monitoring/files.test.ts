import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { findStaleMonitoring } from '../../../../hack/monitoring/files.ts';
import { allMetrics, metricsIn } from '../../../../hack/monitoring/metrics-page.ts';
import type { RuleGroups } from '../../../../hack/monitoring/prometheus-rule.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const { groups } = parse(read('config/monitoring/alerts.yaml')) as RuleGroups;
const rules = groups.flatMap((group) => group.rules);
const known = new Set(allMetrics().map(({ name }) => name));

interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string }[];
}
const dashboard = JSON.parse(read('config/monitoring/dashboard.json')) as {
  readonly schemaVersion: number;
  readonly panels: readonly DashboardPanel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
};

test('what is written from the definitions is as it would be written', async () => {
  expect(await findStaleMonitoring()).toEqual([]);
});

test('names are those of Prometheus: a unit at the end, counters as _total, and of one meaning in all processes', () => {
  for (const { name, kind, labels = [] } of allMetrics()) {
    expect(name).toMatch(/^sallyport_[a-z0-9]+(_[a-z0-9]+)*$/);
    expect([name, name.endsWith('_total')]).toEqual([name, kind === 'counter']);
    if (kind === 'histogram') expect(name).toMatch(/_seconds$/);
    // Labels that whoever scrapes sets.
    expect(labels.filter((label) => ['namespace', 'pod', 'instance', 'job', 'le'].includes(label))).toEqual([]);
  }
});

test('every metric of an alert is one of ours, and every alert has what an operator needs at night', () => {
  const strange = rules.flatMap(({ expr }) => metricsIn(expr)).filter((name) => !known.has(name));
  expect(strange).toEqual([]);
  for (const { alert, expr, labels, annotations } of rules) {
    expect(metricsIn(expr).length > 0 || expr.startsWith('up{')).toBe(true);
    expect(['critical', 'warning', 'info']).toContain(labels['severity']);
    expect([alert, Object.keys(annotations)]).toEqual([alert, ['summary', 'description', 'runbook_url']]);
    expect(annotations['runbook_url']).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  }
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

test('every alert has a runbook: what it means, how to look, what to do; and no runbook is without its alert', () => {
  const sections = new Map(
    read('docs/operations.md')
      .split(/^### /m)
      .slice(1)
      .map((text) => [text.split('\n', 1)[0] ?? '', text.split(/^## /m)[0] ?? ''] as const),
  );
  const runbooks = [...sections.keys()].filter((title) => title.startsWith('Sallyport'));
  expect(runbooks.toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
  for (const { alert } of rules) {
    for (const part of ['**Means**', '**Look**', '**Do**'])
      expect([alert, sections.get(alert)]).toEqual([alert, expect.stringContaining(part)]);
  }
});

test('every metric of the dashboard is one of ours, and its panels lie beside each other', () => {
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');
  const strange = panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => metricsIn(expr)));
  expect(strange.filter((name) => !known.has(name))).toEqual([]);
  for (const panel of panels) {
    expect(panel.targets?.length).toBeGreaterThan(0);
    expect(panel.targets?.every(({ expr }) => metricsIn(expr).length > 0)).toBe(true);
    expect([panel.title, panel.datasource?.uid, panel.description]).toEqual([
      panel.title,
      '$datasource',
      expect.stringMatching(/\.$/),
    ]);
  }
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  const cells = dashboard.panels.flatMap(({ gridPos: { h, w, x, y } }) =>
    Array.from({ length: h * w }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24);
});

test('the dashboard has the rows and variables that it is promised to have', () => {
  expect(dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
    ...[
      'Overview',
      'Gateways',
      'Failover',
      'Drops',
      'Data plane of nodes',
      'Replication of connections',
      'Control plane',
    ],
  ]);
  expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([
    ['datasource', 'datasource'],
    ['namespace', 'query'],
    ['gateway', 'query'],
  ]);
  expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
});
