import { setTimeout as sleep } from 'node:timers/promises';
import { changedFields, fieldsOf } from '../../conformance/lib/changed-fields.ts';
import type { TestLab } from './lab.ts';
import { listObjects, ownEvents, ownKinds } from './lab-objects.ts';

/** What was written within so many seconds, field by field: our objects and Gateways (Leases aside), and Events new or repeated. */
export async function changesWithin(lab: TestLab, seconds: number): Promise<readonly string[]> {
  const before = await fieldsNow(lab);
  await sleep(seconds * 1000);
  const after = await fieldsNow(lab);
  return changedFields(before, after);
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
