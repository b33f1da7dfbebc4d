import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findUpstreamGo, provideUpstreamSuite } from '../../hack/upstream/build.ts';
import { parseUpstreamResults, type UpstreamResult } from '../../hack/upstream/results.ts';
import { measured, useLab } from '../support/lab.ts';

// Gateway API's own conformance suite, as far as it means something for egress: conformance/upstream says which tests and why.

interface Row {
  readonly test: string;
  readonly how: string;
}

const table = readFileSync(join(import.meta.dirname, '..', '..', 'conformance', 'upstream', 'tests.md'), 'utf8');
const rows: readonly Row[] = [...table.matchAll(/^\| (\w+) \| (as is|adapted manifest)(?:, in part)? \| /gm)].map(
  ([, test = '', how = '']) => ({ test, how }),
);

const go = await findUpstreamGo();
// Cold, on two processors, with its downloads; seconds from a warm cache.
const buildTimeoutMs = 600_000;
// Shorter than upstream's, in seconds, so that what fails fails before this file's time is up.
const patience = [
  'NamespacesMustBeReady:60',
  ...['GatewayMustHaveCondition', 'GatewayStatusMustHaveListeners', 'GatewayMustHaveAddress', 'GWCMustBeAccepted'].map(
    (name) => `${name}:20`,
  ),
].join(';');

describe.skipIf(!go.ok)(`upstream's suite${go.ok ? '' : ` (not run: it is a Go program, and ${go.why})`}`, () => {
  const lab = useLab('upstream', { nodes: 3 });
  let results: readonly UpstreamResult[] = [];
  let output = '';
  let status: number | string = '';

  beforeAll(async () => {
    const program = await provideUpstreamSuite(measured);
    const started = performance.now();
    const flags = ['-test.v', '-test.timeout=240s', '--gateway-class=egress', `--timeout-config-overrides=${patience}`];
    ({ status, stdout: output } = await lab.run([program, ...flags]));
    results = parseUpstreamResults(output);
    measured(`upstream's suite: ${results.length} tests, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }, buildTimeoutMs);

  it('has rows to run', () => {
    expect(rows.length).toBeGreaterThanOrEqual(6);
  });

  it.each(rows)('$test ($how)', ({ test }) => {
    expect(results.filter((result) => result.test === test).map(({ passed }) => passed)).toEqual([true]);
  });

  it('ends well, its own checks of the table included', () => {
    expect(status, output).toBe(0);
    expect(output).toMatch(/^--- PASS: TestTable /m);
  });

  it('ran nothing that has no row', () => {
    expect(results.map(({ test }) => test).sort()).toEqual(rows.map(({ test }) => test).sort());
  });
});
