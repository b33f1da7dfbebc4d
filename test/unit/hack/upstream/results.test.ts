import { describe, expect, it } from 'vitest';
import { parseRunning, parseUpstreamResults } from '../../../../hack/upstream/results.ts';

describe("go test's output", () => {
  const output = `=== RUN   TestConformance
    conformance.go:77: 2026-01-01T00:00:00Z: Running GatewayA, relying on the following features: Gateway-standard
--- FAIL: TestConformance (5.04s)
    --- PASS: TestConformance/GatewayA (0.18s)
        --- PASS: TestConformance/GatewayA/a_subtest (0.18s)
    --- SKIP: TestConformance/GatewayB (0.00s)
    --- FAIL: TestConformance/GatewayC (1.50s)
    --- PASS: TestConformance/InPart (0.36s)
        --- PASS: TestConformance/InPart/GatewayD (0.09s)
            --- PASS: TestConformance/InPart/GatewayD/a_subtest (0.09s)
--- PASS: TestTable (0.00s)`;

  it('names what was run, and how it ended', () => {
    expect(parseUpstreamResults(output)).toEqual([
      { test: 'GatewayA', passed: true, inPart: false, seconds: 0.18 },
      { test: 'GatewayC', passed: false, inPart: false, seconds: 1.5 },
      { test: 'GatewayD', passed: true, inPart: true, seconds: 0.09 },
    ]);
  });

  it('names what begins', () => {
    expect(output.split('\n').flatMap((line) => parseRunning(line) ?? [])).toEqual(['GatewayA']);
  });
});
