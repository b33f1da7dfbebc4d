import { join } from 'node:path';
import { cacheDir, isExecutable } from '../../hack/controlplane/cache.ts';

/** promtool (2.42 or later): that of the machine, else what `hack/setup tests` keeps. */
export function findPromtool(): string {
  const kept = join(cacheDir(), 'promtool', 'promtool');
  return isExecutable(kept) ? kept : 'promtool';
}
