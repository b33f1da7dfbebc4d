import { agentTable } from '../../src/agent/metrics.ts';
import { controllerTable } from '../../src/controller/metrics.ts';
import type { MetricSpec } from '../../src/telemetry/metrics.ts';

/** Every metric of ours with the processes that tell it, by name. */
export function allMetrics(): readonly (MetricSpec & { readonly processes: readonly string[] })[] {
  const all = new Map<string, MetricSpec & { readonly processes: string[] }>();
  for (const [process, table] of [
    ['agent', agentTable],
    ['controller', controllerTable],
  ] as const) {
    for (const spec of Object.values<MetricSpec>(table)) {
      const known = all.get(spec.name);
      if (known === undefined) all.set(spec.name, { ...spec, processes: [process] });
      else known.processes.push(process);
    }
  }
  return [...all.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const introduction = `# Metrics

Written by \`hack/update-monitoring.ts\` from the definitions in \`src/agent\` and \`src/controller\`; \`npm run check\` compares.

Agents answer on port 8481 of their node (\`/metrics\`), failover processes on 8482, controllers on 8480 of their Pod. Every process tells of itself what prom-client does
(\`process_…\`, \`nodejs_…\`: memory, CPU, event loop), the failover process nothing else: its agent tells what is known of failovers.

- **Bounded**: no label takes what a tenant writes but the names of Gateways and pools, and of these a process names 200; all others are one series more,
  \`gateway_name="overflow"\` (with an empty namespace) and \`pool="(overflow)"\`. An agent names the Gateways that its Pods use or that its node owns, the leading controller those that have a problem.
- **Cheap**: what costs (the rules' counters, the walk through connection tracking) is read while somebody scrapes, every 10 s at most, and a walk that takes long seldom: nothing is
  begun for fifty times as long as the last one took.
- \`gateway_namespace\` and not \`namespace\`: that one is the scraped Pod's own.

Alerts, with what to do: \`docs/operations.md\`, Alerts. \`config/monitoring\` has the rules, a dashboard and what scrapes.
`;

/** docs/metrics.md */
export function renderMetricsPage(): string {
  const rows = allMetrics().map(({ name, kind, labels = [], processes, help }) => {
    const cells = [`\`${name}\``, kind, labels.map((label) => `\`${label}\``).join(', '), processes.join(', '), help];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const head = ['| name | type | labels | process | meaning |', '| --- | --- | --- | --- | --- |'];
  return `${introduction}\n${[...head, ...rows].join('\n')}\n`;
}

/** Names of metrics of ours in an expression, those of a histogram's parts as the histogram's. */
export function metricsIn(expression: string): readonly string[] {
  const histograms = new Set(allMetrics().flatMap(({ name, kind }) => (kind === 'histogram' ? [name] : [])));
  return [...expression.matchAll(/\bsallyport_[a-z0-9_]+/g)].map(([name]) => {
    const whole = name.replace(/_(bucket|sum|count)$/, '');
    return histograms.has(whole) ? whole : name;
  });
}
