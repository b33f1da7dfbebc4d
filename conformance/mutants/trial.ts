import { openAddressDesk } from '../lib/addresses.ts';
import { coreFeatures, extendedFeatures, type Feature } from '../lib/features.ts';
import { type Outcome, runTest } from '../lib/run-test.ts';
import type { ConformanceTest } from '../lib/test.ts';
import { defaultTimeouts } from '../lib/timeouts.ts';
import { startFakeWorld } from './fake-world.ts';
import type { MistakeName } from './mistakes.ts';

/** What became of one test against one fake. */
export interface Trial {
  readonly outcome: Outcome;
  /** The mistakes that could have been made: any other one would have changed nothing. */
  readonly asked: ReadonlySet<MistakeName>;
}

/** A test that has not ended by then never will: milliseconds of virtual time. */
const longest = 900_000;

/** Which fake: correct without `mistake`, and of one address family unless the test or `dualStack` wants both. */
export interface Variant {
  readonly mistake?: MistakeName;
  readonly dualStack?: boolean;
}

/** Runs a test against the fake in a world of its own; never rejects. */
export async function runTrial(test: ConformanceTest, { mistake, dualStack = false }: Variant = {}): Promise<Trial> {
  const asked = new Set<MistakeName>();
  const features = featuresFor(test, dualStack);
  const { world, stop } = startFakeWorld([...features], (name) => {
    asked.add(name);
    return name === mistake;
  });
  const timeouts = defaultTimeouts;
  const addresses = openAddressDesk(world.addresses.usable);
  let count = 0;
  const next = () => ++count;
  // The statuses of the class are there before any suite begins.
  await world.clock.sleep(1000);
  const run = { world, timeouts, features, id: 'fake', addresses, next };
  const hung: Outcome = { kind: 'failed', message: 'it never ended', milliseconds: longest };
  const outcome = await Promise.race([
    runTest(run, test).then((result) => (result.leftover.length > 0 ? leftBehind(result.leftover) : result.outcome)),
    world.clock.sleep(longest).then(() => hung),
  ]);
  stop();
  return { outcome, asked };
}

function leftBehind(leftover: readonly string[]): Outcome {
  return { kind: 'failed', message: `left behind: ${leftover.join('; ')}`, milliseconds: 0 };
}

// The fake has every other feature; a test that needs another set gets it.
function featuresFor({ features, without = [] }: ConformanceTest, dualStack: boolean): ReadonlySet<Feature> {
  const unusual: readonly Feature[] = [
    'EgressRouteHostname',
    ...(dualStack ? [] : (['GatewayEgressDualStack'] as const)),
  ];
  const usual = [...coreFeatures, ...extendedFeatures].filter((feature) => !unusual.includes(feature));
  return new Set([...usual, ...features].filter((feature) => !without.includes(feature)));
}
