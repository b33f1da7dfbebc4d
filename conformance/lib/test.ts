import type { Feature } from './features.ts';
import type { KubeObject, ObjectName, World } from './world.ts';

/** How long a test waits, in milliseconds; the defaults are in `timeouts.ts`, flags change them. */
export interface Timeouts {
  /** Between two looks. */
  readonly poll: number;
  /** For a controller's answer in a status. */
  readonly status: number;
  /** For an address on the wire, and rules on every node. */
  readonly programmed: number;
  /** For a Pod to run. */
  readonly pod: number;
  /** For a change that no condition announces to show in packets. */
  readonly traffic: number;
  /** For an object to be gone. */
  readonly deletion: number;
  /** For another node to take over. */
  readonly failover: number;
  /** For how long nothing may change where nothing should. */
  readonly quiet: number;
}

/** What a running test works with. Whatever it creates is removed after it, passed or failed. */
export interface Scope {
  readonly world: World;
  readonly timeouts: Timeouts;
  /** The features under test: a test may look at more than those that it is listed for. */
  readonly features: ReadonlySet<Feature>;
  /** A name that nothing else of this run has; a valid name for any kind. */
  uniqueName(): string;
  /** Creates the object with the run's label, and remembers to delete it. */
  create(object: KubeObject): Promise<KubeObject>;
  /** Deletes an object that this test made; returns at once. */
  remove(name: ObjectName): Promise<void>;
  /** Addresses that no other test uses meanwhile, of `world.addresses.usable`; waits until there are as many. */
  takeAddresses(count: number): Promise<readonly string[]>;
}

/** What a test cannot do without, beside features: absent, it is skipped. */
export type Need = 'traffic' | 'faults' | 'addresses';

/** One conformance test: one statement about every implementation, and the proof of it. */
export interface ConformanceTest {
  /** CamelCase, unique, stable: reports and `--run` use it. */
  readonly name: string;
  /** What an implementation does that passes. */
  readonly description: string;
  /** All of these must be under test; one extended feature makes it an extended test. */
  readonly features: readonly Feature[];
  /** None of these may be under test: how the absence of a feature shows. */
  readonly without?: readonly Feature[];
  readonly needs?: readonly Need[];
  /** Runs alone, after all others: it breaks nodes. */
  readonly alone?: true;
  /** Resolves when the implementation passes; throws a ConformanceFailure when not. */
  run(scope: Scope): Promise<void>;
}
