import { extendedFeatures, type Feature, profileName } from './features.ts';
import type { Result } from './run-test.ts';
import { isExtendedTest, type Selected } from './select-tests.ts';
import type { ConformanceTest } from './test.ts';

/** Who made what was tested (conformance/apis/v1 of sigs.k8s.io/gateway-api v1.6.1: all are required). */
export interface Implementation {
  readonly organization: string;
  readonly project: string;
  readonly url: string;
  readonly version: string;
  readonly contact: readonly string[];
}

interface Status {
  readonly result: 'success' | 'partial' | 'failure';
  readonly statistics: { readonly Failed: number; readonly Passed: number; readonly Skipped: number };
  readonly failedTests?: readonly string[];
  readonly skippedTests?: readonly string[];
}

/** `ConformanceReport` of `gateway.networking.k8s.io/v1`, with the one profile GATEWAY-EGRESS. */
export interface ConformanceReport {
  readonly apiVersion: 'gateway.networking.k8s.io/v1';
  readonly kind: 'ConformanceReport';
  readonly date: string;
  readonly gatewayAPIChannel: string;
  readonly gatewayAPIVersion: string;
  readonly implementation: Implementation;
  readonly mode: string;
  readonly profiles: readonly {
    readonly name: string;
    readonly summary: string;
    readonly core: Status;
    readonly extended?: Status & {
      readonly supportedFeatures?: readonly string[];
      readonly unsupportedFeatures?: readonly string[];
    };
  }[];
}

export interface ReportInput {
  readonly implementation: Implementation;
  /** RFC 3339. */
  readonly date: string;
  /** Of the Gateway API CRDs in the cluster. */
  readonly gatewayApi: { readonly version: string; readonly channel: string };
  readonly features: ReadonlySet<Feature>;
  readonly selected: readonly Selected[];
  readonly results: readonly Result[];
}

/** The report of a run. A test that was to run and has no result (interrupted) counts as skipped. */
export function renderReport(input: ReportInput): ConformanceReport {
  const counted = input.selected.filter(({ kind }) => kind !== 'unsupported').map(({ test }) => test);
  const outcomes = new Map(input.results.map(({ test, outcome }) => [test.name, outcome.kind]));
  const core = statusOf(
    counted.filter((test) => !isExtendedTest(test)),
    outcomes,
  );
  const extendedTests = counted.filter(isExtendedTest);
  const supported = extendedFeatures.filter((feature) => input.features.has(feature));
  const unsupported = extendedFeatures.filter((feature) => !input.features.has(feature));
  const extended = extendedTests.length === 0 ? undefined : statusOf(extendedTests, outcomes);
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ConformanceReport',
    date: input.date,
    gatewayAPIChannel: input.gatewayApi.channel,
    gatewayAPIVersion: input.gatewayApi.version,
    implementation: input.implementation,
    mode: 'default',
    profiles: [
      {
        name: profileName,
        summary: summarise(core, extended),
        core,
        ...(extended === undefined
          ? {}
          : {
              extended: {
                ...extended,
                ...(supported.length === 0 ? {} : { supportedFeatures: supported }),
                ...(unsupported.length === 0 ? {} : { unsupportedFeatures: unsupported }),
              },
            }),
      },
    ],
  };
}

type OutcomeKind = Result['outcome']['kind'];

function statusOf(tests: readonly ConformanceTest[], outcomes: ReadonlyMap<string, OutcomeKind>): Status {
  const names = (kind: OutcomeKind) =>
    tests.filter(({ name }) => (outcomes.get(name) ?? 'skipped') === kind).map(({ name }) => name);
  const [passed, failed, skipped] = [names('passed'), names('failed'), names('skipped')];
  return {
    result: failed.length > 0 ? 'failure' : skipped.length > 0 ? 'partial' : 'success',
    statistics: { Failed: failed.length, Passed: passed.length, Skipped: skipped.length },
    ...(failed.length === 0 ? {} : { failedTests: failed }),
    ...(skipped.length === 0 ? {} : { skippedTests: skipped }),
  };
}

// The sentences that upstream's suite writes.
function summarise(core: Status, extended: Status | undefined): string {
  const parts = [`Core tests ${describe(core)}`];
  if (extended !== undefined) parts.push(`Extended tests ${describe(extended)}`);
  return `${parts.join('. ')}.`;
}

function describe({ result, statistics }: Status): string {
  switch (result) {
    case 'success':
      return 'succeeded';
    case 'partial':
      return `partially succeeded with ${statistics.Skipped} test skips`;
    case 'failure':
      return `failed with ${statistics.Failed} test failures`;
  }
}
