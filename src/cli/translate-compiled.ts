import { renderFinding } from '../inspect/render-validation.ts';
import { systemClock } from '../platform/clock.ts';
import { compiledObjects, type Manifest } from '../preview/compiled.ts';
import { layOver } from '../preview/lay-over.ts';
import { settle } from '../preview/settle.ts';
import { type ManifestFlags, openManifests, openNoCluster } from './manifest-flags.ts';

/** What a controller would write in a cluster that has these manifests and nothing else; rejects where one of them is not valid. */
export async function compileManifests(flags: ManifestFlags): Promise<readonly Manifest[]> {
  const { objects, findings } = await openManifests(flags);
  if (findings.length > 0)
    throw new Error(`nothing is compiled, these are not valid:\n${findings.map(renderFinding).join('\n')}`);
  const written = objects.map((entry) => entry.written);
  const { snapshot, plan } = settle(layOver(await openNoCluster(systemClock.now()), written).snapshot);
  return compiledObjects(snapshot, plan);
}
