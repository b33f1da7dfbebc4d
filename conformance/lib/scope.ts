import type { AddressDesk } from './addresses.ts';
import type { Feature } from './features.ts';
import { describeName, nameOf } from './read.ts';
import type { Scope, Timeouts } from './test.ts';
import type { KubeObject, ObjectName, World } from './world.ts';

/** On everything that the suite creates: which run it belongs to. */
export const runLabel = 'conformance.sallyport.dev/run';
/** And which test. */
const testLabel = 'conformance.sallyport.dev/test';

/** What all tests of one run share. */
export interface Run {
  readonly world: World;
  readonly timeouts: Timeouts;
  readonly features: ReadonlySet<Feature>;
  /** Short and unlike that of any other run in the same cluster; a DNS label. */
  readonly id: string;
  readonly addresses: AddressDesk;
  /** Counts up, for names. */
  next(): number;
}

/** A test's scope, and what takes away all that it made. */
export interface OpenScope {
  readonly scope: Scope;
  /** Deletes the objects, latest first, and gives the addresses back; answers what could not be deleted and why. */
  close(): Promise<readonly string[]>;
}

/** Opens the scope of one test. */
export function openScope(run: Run, testName: string): OpenScope {
  const { world, timeouts, features } = run;
  const made: ObjectName[] = [];
  const taken: string[] = [];
  const scope: Scope = {
    world,
    timeouts,
    features,
    uniqueName: () => `conf-${run.id}-${run.next()}`,
    create: async (object) => {
      const labelled = withLabels(object, { [runLabel]: run.id, [testLabel]: testName });
      // Before it is asked for: an answer that gets lost may still have made the object.
      made.push(nameOf(labelled));
      return await world.api.create(labelled);
    },
    remove: (name) => world.api.delete(name),
    takeAddresses: async (count) => {
      const addresses = await run.addresses.take(count);
      taken.push(...addresses);
      return addresses;
    },
  };
  return {
    scope,
    close: async () => {
      const problems = await removeAll(world, made);
      run.addresses.giveBack(taken);
      return problems;
    },
  };
}

function withLabels(object: KubeObject, labels: Readonly<Record<string, string>>): KubeObject {
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...labels } } };
}

// Latest first: Gateways go before their classes and all before their namespaces, so that addresses are free again at once.
async function removeAll({ api }: World, made: readonly ObjectName[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const name of made.toReversed()) {
    try {
      await api.delete(name);
    } catch (error) {
      problems.push(`${describeName(name)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return problems;
}
