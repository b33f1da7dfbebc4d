import { setTimeout as sleep } from 'node:timers/promises';
import type { TestLab } from './lab.ts';
import { listObjects, ownEvents, ownKinds } from './lab-objects.ts';

/** What was written within so many seconds: our objects and Gateways (Leases aside), and Events new or repeated. */
export async function changesWithin(lab: TestLab, seconds: number): Promise<readonly string[]> {
  const before = await versions(lab);
  await sleep(seconds * 1000);
  const after = await versions(lab);
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
}

async function versions(lab: TestLab): Promise<ReadonlyMap<string, string>> {
  const [objects, events] = await Promise.all([listObjects(lab, ownKinds), ownEvents(lab)]);
  return new Map([
    ...objects.map(
      ({ kind, metadata }) =>
        [`${kind} ${metadata.namespace ?? ''}/${metadata.name}`, metadata.resourceVersion] as const,
    ),
    ...events.map(
      ({ metadata, regarding, reason, series }) =>
        [`Event ${metadata.name} ${reason} of ${regarding.kind} ${regarding.name}`, `${series?.count ?? 1}`] as const,
    ),
  ]);
}
