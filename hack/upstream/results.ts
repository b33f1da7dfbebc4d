export interface UpstreamResult {
  /** Upstream's ShortName. */
  readonly test: string;
  readonly passed: boolean;
  /** Some of its subtests were left out. */
  readonly inPart: boolean;
  readonly seconds: number;
}

/** The results in what `go test -v` printed, without what was skipped and without subtests. */
export function parseUpstreamResults(output: string): readonly UpstreamResult[] {
  const line = /^ +--- (PASS|FAIL): TestConformance\/(InPart\/)?([A-Za-z0-9]+) \(([\d.]+)s\)$/gm;
  return [...output.matchAll(line)]
    .map(([, status, part, test = '', seconds]) => ({
      test,
      passed: status === 'PASS',
      inPart: part !== undefined,
      seconds: Number(seconds),
    }))
    .filter(({ test }) => test !== 'InPart');
}

/** The test whose beginning a line of that output tells of. */
export function parseRunning(line: string): string | undefined {
  return /: Running (\w+), relying on/.exec(line)?.[1];
}
