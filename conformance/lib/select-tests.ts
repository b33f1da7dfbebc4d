import { coreFeatures, type Feature, isExtended } from './features.ts';
import type { ConformanceTest } from './test.ts';

/** Which tests are wanted. */
export interface Selection {
  readonly features: ReadonlySet<Feature>;
  /** A test's name, or a regular expression that is looked for in names. */
  readonly run?: string;
  readonly skip?: readonly string[];
}

/** A test and what is to become of it: unsupported ones do not count at all, skipped ones make a result partial. */
export type Selected =
  | { readonly kind: 'run'; readonly test: ConformanceTest }
  | { readonly kind: 'skipped'; readonly test: ConformanceTest; readonly reason: string }
  | { readonly kind: 'unsupported'; readonly test: ConformanceTest; readonly feature: Feature };

/** Decides for every test; throws RangeError when `run` or `skip` fits no test. */
export function selectTests(tests: readonly ConformanceTest[], selection: Selection): readonly Selected[] {
  const isWanted = wantedBy(tests, selection.run);
  const skip = new Set(selection.skip ?? []);
  const unknown = [...skip].filter((name) => !tests.some((test) => test.name === name));
  if (unknown.length > 0) throw new RangeError(`--skip ${unknown.join(',')}: there is no such test (--list shows all)`);
  return tests.map((test): Selected => {
    const lacking = test.features.find((feature) => !selection.features.has(feature));
    if (lacking !== undefined) return { kind: 'unsupported', test, feature: lacking };
    const unwanted = test.without?.find((feature) => selection.features.has(feature));
    if (unwanted !== undefined) return { kind: 'unsupported', test, feature: unwanted };
    if (!isWanted(test.name)) return { kind: 'skipped', test, reason: 'not chosen by --run' };
    if (skip.has(test.name)) return { kind: 'skipped', test, reason: 'by --skip' };
    return { kind: 'run', test };
  });
}

function wantedBy(tests: readonly ConformanceTest[], run: string | undefined): (name: string) => boolean {
  if (run === undefined) return () => true;
  if (tests.some(({ name }) => name === run)) return (name) => name === run;
  const pattern = parsePattern(run);
  if (!tests.some(({ name }) => pattern.test(name)))
    throw new RangeError(`--run ${run}: no test's name has that (--list shows all)`);
  return (name) => pattern.test(name);
}

function parsePattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new RangeError(`--run ${text}: neither the name of a test nor a regular expression`);
  }
}

/** Whether a test counts for the extended part: one extended feature is enough (as upstream counts). */
export function isExtendedTest({ features, without = [] }: ConformanceTest): boolean {
  return features.some(isExtended) || without.length > 0;
}

/** The features of the profile among those that a GatewayClass says, or a flag; core ones are always under test. */
export function featuresUnderTest(said: readonly string[], known: readonly Feature[]): ReadonlySet<Feature> {
  return new Set([...coreFeatures, ...known.filter((feature) => said.includes(feature))]);
}
