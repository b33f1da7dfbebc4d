import { setTimeout as delay } from 'node:timers/promises';
import { progress } from '../lab-run.ts';
import type { ClusterSize } from '../large-cluster.ts';
import type { Row } from '../section.ts';
import type { Crew } from './crew.ts';
import type { HollowWorld } from './world.ts';

/** A run of the bench. */
export interface HollowRun {
  readonly world: HollowWorld;
  readonly crew: Crew;
  readonly size: ClusterSize;
  /** For its files. */
  readonly dir: string;
  /** A row of its table, as soon as it is known. */
  add(measure: string, figure: string, more?: Partial<Row>): void;
}

const mostMs = 20 * 60_000;

/** Resolves when there are so many; rejects after twenty minutes. */
export async function agree(what: string, count: () => Promise<number>, goal: number, everyMs = 250): Promise<void> {
  const begun = performance.now();
  let told = begun;
  for (;;) {
    // Of an API server that is too busy to answer nothing is known.
    const now = await count().catch((error: unknown) => String(error));
    if (now === goal) return;
    if (performance.now() - begun > mostMs) throw new Error(`${what}: ${now} of ${goal} in ${mostMs / 60_000} minutes`);
    if (performance.now() - told > 15_000) {
      told = performance.now();
      progress(`waiting for: ${what}, ${seconds(begun)}: ${now} of ${goal}`);
    }
    await delay(everyMs);
  }
}

/** From then until now, for people. */
export function seconds(since: number): string {
  return `${((performance.now() - since) / 1_000).toFixed(1)} s`;
}
