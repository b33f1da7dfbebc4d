import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ApiError, isGone } from '../../../src/kube/api-error.ts';
import { parseWatchLine } from '../../../src/kube/watch-event.ts';

const at = { verb: 'WATCH', path: '/api/v1/pods' };
const parse = (line: string) => parseWatchLine(line, (raw) => raw, at);

test('events of this and of later versions', () => {
  const metadata = { name: 'a', namespace: 'n', resourceVersion: '7' };
  const line = (type: string, object: unknown) => JSON.stringify({ type, object });
  expect(parse(line('ADDED', { metadata }))).toMatchObject({ kind: 'upsert', key: 'n/a', version: '7' });
  expect(parse(line('DELETED', { metadata }))).toEqual({ kind: 'remove', key: 'n/a', version: '7' });
  expect(parse(line('BOOKMARK', { metadata: { resourceVersion: '9' } }))).toEqual({
    kind: 'bookmark',
    version: '9',
    initialEnd: false,
  });
  expect(parse(line('RENAMED', { metadata }))).toEqual({ kind: 'ignore' });
});

test('an ERROR event is an ApiError with the code of its Status', () => {
  const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
  let thrown: unknown;
  try {
    parse(JSON.stringify({ type: 'ERROR', object: status }));
  } catch (error) {
    thrown = error;
  }
  expect(isGone(thrown)).toBe(true);
  expect(String(thrown)).toContain('too old resource version');
  expect(() => parse('{"type":"ERROR"}')).toThrow('500');
});

test('whatever the line, the answer is an event or an ApiError', () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({ type: fc.constantFrom('ADDED', 'DELETED', 'BOOKMARK', 'ERROR', 'x'), object: fc.jsonValue() })
      .map((value) => JSON.stringify(value)),
    fc
      .record({
        type: fc.constantFrom('ADDED', 'DELETED', 'BOOKMARK'),
        object: fc.record({
          metadata: fc.dictionary(
            fc.constantFrom('name', 'namespace', 'resourceVersion', 'annotations', '__proto__'),
            fc.jsonValue(),
          ),
        }),
      })
      .map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(hostile, (line) => {
      try {
        const event = parse(line);
        if (event.kind === 'upsert' || event.kind === 'remove') expect(event.key).not.toBe('');
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
      }
    }),
  );
});
