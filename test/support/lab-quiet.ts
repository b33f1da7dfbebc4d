import { setTimeout as sleep } from 'node:timers/promises';
import type { TestLab } from './lab.ts';
import { listObjects, ownEvents, ownKinds } from './lab-objects.ts';

/** What was written within so many seconds, field by field: our objects and Gateways (Leases aside), and Events new or repeated. */
export async function changesWithin(lab: TestLab, seconds: number): Promise<readonly string[]> {
  const before = await fieldsNow(lab);
  await sleep(seconds * 1000);
  const after = await fieldsNow(lab);
  const fields = [...new Set([...before.keys(), ...after.keys()])];
  return fields
    .filter((field) => before.get(field) !== after.get(field))
    .map((field) => `${field}: ${before.get(field) ?? 'none'} -> ${after.get(field) ?? 'none'}`);
}

async function fieldsNow(lab: TestLab): Promise<ReadonlyMap<string, string>> {
  const [objects, events] = await Promise.all([listObjects(lab, ownKinds), ownEvents(lab)]);
  return new Map([
    ...objects.flatMap((object) => {
      const { namespace, name } = object.metadata;
      return fieldsOf(`${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`, object);
    }),
    ...events.map(
      ({ metadata, regarding, reason, series }) =>
        [`Event ${metadata.name} ${reason} of ${regarding.kind} ${regarding.name}`, `${series?.count ?? 1}`] as const,
    ),
  ]);
}

function fieldsOf(path: string, value: unknown): readonly (readonly [path: string, value: string])[] {
  if (typeof value !== 'object' || value === null) return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, child]) => fieldsOf(`${path}.${key}`, child));
}
