import { parse, stringify } from 'yaml';

/** The rule groups of config/monitoring/alerts.yaml, as Prometheus reads them. */
export interface RuleGroups {
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[];
}

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The same rules as an object of Prometheus Operator (monitoring.coreos.com/v1). */
export function renderPrometheusRule(alerts: string): string {
  const object = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {
      name: 'sallyport',
      namespace: 'sallyport-system',
      labels: { 'app.kubernetes.io/name': 'sallyport' },
    },
    spec: parse(alerts) as RuleGroups,
  };
  return `# Written by hack/update-monitoring.ts from alerts.yaml.\n${stringify(object, { lineWidth: 0 })}`;
}
