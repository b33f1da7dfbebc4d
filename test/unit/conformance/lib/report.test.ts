import { describe, expect, test } from 'vitest';
import { renderJunit } from '../../../../conformance/lib/junit.ts';
import { renderProgress } from '../../../../conformance/lib/progress.ts';
import { renderReport } from '../../../../conformance/lib/report.ts';
import type { Outcome, Result } from '../../../../conformance/lib/run-test.ts';
import type { Selected } from '../../../../conformance/lib/select-tests.ts';
import type { ConformanceTest } from '../../../../conformance/lib/test.ts';

const testNamed = (name: string, extended = false): ConformanceTest => ({
  name,
  description: 'Does what it should.',
  features: extended ? ['Gateway', 'EgressRoutePorts'] : ['Gateway'],
  run: async () => {},
});
const passed: Outcome = { kind: 'passed', milliseconds: 1500 };
const failed: Outcome = { kind: 'failed', message: 'expected: <a> & "b"\nseen:     \u0000c', milliseconds: 2000 };
const selectedOf = (...tests: readonly ConformanceTest[]): readonly Selected[] =>
  tests.map((entry) => ({ kind: 'run', test: entry }));
const resultOf = (entry: ConformanceTest, outcome: Outcome): Result => ({ test: entry, outcome, leftover: [] });

const implementation = { organization: 'o', project: 'p', url: 'https://p.example', version: 'v1', contact: ['@o'] };
const base = {
  implementation,
  date: '2026-01-02T03:04:05Z',
  gatewayApi: { version: 'v1.6.1', channel: 'standard' },
  features: new Set(['Gateway', 'EgressRoute', 'EgressRoutePorts'] as const),
};

describe('renderReport', () => {
  test('counts core and extended tests apart, in the form of upstream', () => {
    const [core, other, extended] = [testNamed('Core'), testNamed('Other'), testNamed('Extended', true)];
    const unsupported: Selected = { kind: 'unsupported', test: testNamed('No', true), feature: 'EgressRouteHostname' };
    const report = renderReport({
      ...base,
      selected: [...selectedOf(core, other, extended), unsupported],
      results: [resultOf(core, passed), resultOf(other, passed), resultOf(extended, failed)],
    });
    expect(report).toMatchObject({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'ConformanceReport',
      date: base.date,
      gatewayAPIChannel: 'standard',
      gatewayAPIVersion: 'v1.6.1',
      implementation,
      mode: 'default',
    });
    expect(report.profiles).toEqual([
      {
        name: 'GATEWAY-EGRESS',
        summary: 'Core tests succeeded. Extended tests failed with 1 test failures.',
        core: { result: 'success', statistics: { Failed: 0, Passed: 2, Skipped: 0 } },
        extended: {
          result: 'failure',
          statistics: { Failed: 1, Passed: 0, Skipped: 0 },
          failedTests: ['Extended'],
          supportedFeatures: ['EgressRoutePorts'],
          unsupportedFeatures: expect.arrayContaining(['EgressRouteHostname']),
        },
      },
    ]);
  });

  test('calls a result partial where a test was skipped, or was to run and never ended', () => {
    const [one, two, three] = [testNamed('One'), testNamed('Two'), testNamed('Three')];
    const selected: readonly Selected[] = [
      ...selectedOf(one, two),
      { kind: 'skipped', test: three, reason: 'by --skip' },
    ];
    const [profile] = renderReport({ ...base, selected, results: [resultOf(one, passed)] }).profiles;
    expect(profile?.core).toEqual({
      result: 'partial',
      statistics: { Failed: 0, Passed: 1, Skipped: 2 },
      skippedTests: ['Two', 'Three'],
    });
    expect(profile).not.toHaveProperty('extended');
    expect(profile?.summary).toBe('Core tests partially succeeded with 2 test skips.');
  });
});

test('JUnit XML escapes what failures say', () => {
  const [core, extended] = [testNamed('Core'), testNamed('Extended', true)];
  const xml = renderJunit(selectedOf(core, extended), [resultOf(core, failed)]);
  expect(xml).toContain('<testsuite name="core" tests="1" failures="1" skipped="0" time="2.000">');
  expect(xml).toContain('<failure message="expected: &lt;a&gt; &amp; &quot;b&quot;">');
  expect(xml).toContain('seen:     \ufffdc</failure>');
  expect(xml).toContain('<skipped message="interrupted"/>');
});

describe('renderProgress', () => {
  const result = resultOf(testNamed('Core'), failed);

  test('is one plain line for a test that passed', () => {
    const line = renderProgress({ colours: false, total: 100 }, 7, resultOf(testNamed('Core'), passed));
    expect(line).toBe('  7/100 ok   Core (1.5 s)\n');
  });

  test('shows below a failure what was wanted and seen', () => {
    const text = renderProgress({ colours: false, total: 9 }, 9, { ...result, leftover: ['Pod a/b: 403'] });
    expect(text.split('\n')).toEqual([
      '9/9 FAIL Core (2.0 s)',
      '       Does what it should.',
      '       expected: <a> & "b"',
      '       seen:     \u0000c',
      '       not deleted: Pod a/b: 403',
      '',
    ]);
  });

  test('has colours only for a terminal', () => {
    expect(renderProgress({ colours: true, total: 9 }, 1, result)).toContain('\u001b[31mFAIL\u001b[0m');
    expect(renderProgress({ colours: false, total: 9 }, 1, result)).not.toContain('\u001b');
  });
});
