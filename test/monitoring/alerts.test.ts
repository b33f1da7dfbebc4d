import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { AlertRule, RuleGroups } from '../../hack/monitoring/prometheus-rule.ts';
import { findPromtool } from '../support/promtool.ts';
import { type AlertCase, alertCases, type Series } from './alert-cases.ts';

const alertsPath = join(import.meta.dirname, '..', '..', 'config', 'monitoring', 'alerts.yaml');
const rules = (parse(readFileSync(alertsPath, 'utf8')) as RuleGroups).groups.flatMap((group) => group.rules);
const scratch = mkdtempSync(join(tmpdir(), 'alerts-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Values come, and rules are evaluated, that often. */
const stepSeconds = 30;
const lastSeconds = 1_800;

function promtool(...args: readonly string[]): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr, error } = spawnSync(findPromtool(), args, { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`promtool: ${error.message}; run hack/setup tests`);
  return { status, text: `${stdout}${stderr}` };
}

/** Runs promtool's unit tests (Prometheus 2.42) with our rules; its complaints, empty when there are none. */
function complaints(name: string, tests: readonly object[]): string {
  const path = join(scratch, `${name}.yaml`);
  writeFileSync(path, stringify({ rule_files: [alertsPath], evaluation_interval: `${stepSeconds}s`, tests }));
  const { status, text } = promtool('test', 'rules', path);
  return status === 0 ? '' : text;
}

function ruleOf(alert: string): AlertRule {
  const rule = rules.find((each) => each.alert === alert);
  if (rule === undefined) throw new Error(`no alert is called ${alert}`);
  return rule;
}

const inputs = (series: Series) => Object.entries(series).map(([name, values]) => ({ series: name, values }));

function secondsOf(duration: string | undefined): number {
  const [, count = '0', unit = 's'] = /^(\d+)([smh])$/.exec(duration ?? '') ?? [];
  return Number(count) * { s: 1, m: 60, h: 3_600 }[unit as 's' | 'm' | 'h'];
}

const asks = (alert: string, seconds: number, labels?: Readonly<Record<string, string>>) => {
  const wanted = { alertname: alert, alertstate: 'firing', ...labels };
  const text = Object.entries(wanted).map(([name, value]) => `${name}="${value}"`);
  return {
    expr: `ALERTS{alertname="${alert}",alertstate="firing"}`,
    eval_time: `${seconds}s`,
    exp_samples: labels === undefined ? [] : [{ labels: `ALERTS{${text.join(',')}}`, value: 1 }],
  };
};

function testOfFiring({ alert, fires }: AlertCase): object {
  const rule = ruleOf(alert);
  const hold = secondsOf(rule.for);
  const at = fires.at ?? hold;
  const early = fires.at === undefined && hold > 0 ? [asks(alert, hold - stepSeconds)] : [];
  return {
    interval: `${stepSeconds}s`,
    input_series: inputs(fires.series),
    promql_expr_test: [...early, asks(alert, at, { ...fires.labels, ...rule.labels })],
  };
}

function testOfQuiet(alert: string, series: Series): object {
  const times = Array.from({ length: lastSeconds / stepSeconds + 1 }, (_, at) => at * stepSeconds);
  return {
    interval: `${stepSeconds}s`,
    input_series: inputs(series),
    promql_expr_test: times.map((at) => asks(alert, at)),
  };
}

test('promtool takes the rules', () => {
  const { status, text } = promtool('check', 'rules', '--lint=all', '--lint-fatal', alertsPath);
  expect([status, text]).toEqual([0, expect.stringContaining(`SUCCESS: ${rules.length} rules found`)]);
});

test('every alert has cases', () => {
  const cased = new Set(alertCases.filter(({ quiet }) => quiet.length > 0).map(({ alert }) => alert));
  expect(rules.map(({ alert }) => alert).filter((alert) => !cased.has(alert))).toEqual([]);
});

test.each(alertCases.map((each, at) => [each.alert, each, at] as const))('%s fires when it should', (_, each, at) => {
  expect(complaints(`fires-${at}`, [testOfFiring(each)])).toBe('');
});

test.each(alertCases.flatMap(({ alert, quiet }) => quiet.map((series, at) => [alert, series, at] as const)))(
  '%s does not fire when it should not',
  (alert, series, at) => {
    expect(complaints(`quiet-${alert}-${at}`, [testOfQuiet(alert, series)])).toBe('');
  },
);

test('the words of an alert, with and without the name of a node', () => {
  const tests = [
    {
      interval: `${stepSeconds}s`,
      input_series: inputs({
        'sallyport_conntrack_entries{instance="192.0.2.11:8481",node="node-1"}': '240000x40',
        'sallyport_conntrack_limit{instance="192.0.2.11:8481",node="node-1"}': '262144x40',
        'sallyport_replication_peer_silent_seconds{group="2",instance="192.0.2.12:8481"}': '90x40',
      }),
      alert_rule_test: [
        {
          eval_time: '5m',
          alertname: 'SallyportConntrackNearLimit',
          exp_alerts: [
            {
              exp_labels: { severity: 'warning', instance: '192.0.2.11:8481', node: 'node-1' },
              exp_annotations: {
                summary: 'Connection tracking on node-1 is 91.55% full',
                description:
                  'The connection tracking table of node-1 has been more than 80 % full for 5 minutes. Once it is full, new flows of the whole node are dropped.',
                runbook_url: 'docs/operations.md#sallyportconntracknearlimit',
              },
            },
          ],
        },
        {
          eval_time: '5m',
          alertname: 'SallyportReplicationSilent',
          exp_alerts: [
            {
              exp_labels: { severity: 'warning', instance: '192.0.2.12:8481', group: '2' },
              exp_annotations: {
                summary: '192.0.2.12:8481 hears nothing from its peer of failover group 2',
                description:
                  'conntrackd of failover group 2 on 192.0.2.12:8481 has heard nothing from its peer for 1m 30s. A failover now would lose connections.',
                runbook_url: 'docs/operations.md#sallyportreplicationsilent',
              },
            },
          ],
        },
      ],
    },
  ];
  expect(complaints('words', tests)).toBe('');
});
