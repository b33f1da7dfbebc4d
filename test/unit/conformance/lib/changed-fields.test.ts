import { expect, it } from 'vitest';
import { changedFields, fieldsOf } from '../../../../conformance/lib/changed-fields.ts';

it('names what differs between two objects, with what was and what is', () => {
  const fields = (value: object) => new Map(fieldsOf('', value));
  const before = { metadata: { name: 'a', resourceVersion: '1' }, status: { conditions: [{ type: 'A' }] } };
  const after = {
    metadata: { name: 'a', resourceVersion: '2' },
    status: { conditions: [{ type: 'A' }, { type: 'B' }] },
  };
  expect(changedFields(fields(before), fields(before))).toEqual([]);
  expect(changedFields(fields(before), fields(after))).toEqual([
    'metadata.resourceVersion: "1" -> "2"',
    'status.conditions.1.type: none -> "B"',
  ]);
});
