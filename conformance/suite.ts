import type { ConformanceTest } from './lib/test.ts';
import { allocation } from './tests/addresses/allocation.ts';
import { selectedPods } from './tests/data-path/selected-pods.ts';

/** Every test, by area, in the order in which they are listed and started. */
export const areas: Readonly<Record<string, readonly ConformanceTest[]>> = {
  addresses: [...allocation],
  'data path': [...selectedPods],
};

/** Every test of the profile. */
export const suite: readonly ConformanceTest[] = Object.values(areas).flat();
