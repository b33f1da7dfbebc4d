import { expect, test } from 'vitest';
import {
  ApiError,
  apiErrorFromAnswer,
  describeError,
  isAlreadyExists,
  isConflict,
  isGone,
  isNotFound,
  isTransient,
} from '../../../src/kube/api-error.ts';
import { parseRetryAfter, retryDelayMs } from '../../../src/kube/retry.ts';

const at = { verb: 'GET', path: '/api/v1/pods' };

test('reads a Status', () => {
  const body = { kind: 'Status', reason: 'AlreadyExists', message: 'pods "a" already exists', code: 409 };
  const error = apiErrorFromAnswer(at, { status: 409, body });
  expect(error.message).toBe('GET /api/v1/pods: 409 AlreadyExists: pods "a" already exists');
  expect([isConflict(error), isAlreadyExists(error)]).toEqual([false, true]);
});

test.each([
  ['a raw string', 'upstream connect error\n', 'upstream connect error'],
  ['nothing', undefined, 'no message'],
  ['an empty string', '', 'no message'],
  ['other JSON', { error: 'x' }, '{"error":"x"}'],
  ['a Status without a message', { kind: 'Status', message: 7 }, '{"kind":"Status","message":7}'],
])('takes its message from %s', (_, body, message) => {
  const error = apiErrorFromAnswer(at, { status: 503, body });
  expect([error.code, error.reason, error.statusMessage]).toEqual([503, 'ServiceUnavailable', message]);
});

test('a long body is cut', () => {
  expect(apiErrorFromAnswer(at, { status: 500, body: 'x'.repeat(1e6) }).statusMessage).toHaveLength(2000);
});

test('Expired is gone whatever the code', () => {
  expect(isGone(apiErrorFromAnswer(at, { status: 410, body: '' }))).toBe(true);
  expect(isGone(apiErrorFromAnswer(at, { status: 500, body: { kind: 'Status', reason: 'Expired' } }))).toBe(true);
  expect(isGone(new Error('410'))).toBe(false);
  expect(isNotFound(apiErrorFromAnswer(at, { status: 404, body: '' }))).toBe(true);
});

test.each([
  [0, true],
  [429, true],
  [503, true],
  [404, false],
  [409, false],
])('code %d is transient: %s', (code, expected) => {
  expect(isTransient(new ApiError({ ...at, code, reason: 'x', statusMessage: '' }))).toBe(expected);
});

test('the causes of a network error are named', () => {
  const refused = Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' });
  expect(describeError(refused)).toBe('ECONNREFUSED: connect failed');
  expect(describeError(new AggregateError([refused, refused], ''))).toBe(
    'ECONNREFUSED: connect failed; ECONNREFUSED: connect failed',
  );
  expect(describeError('text')).toBe('text');
});

test('Retry-After: seconds, dates, nonsense', () => {
  const now = Date.parse('2030-01-01T00:00:00Z');
  expect(parseRetryAfter('7', now)).toBe(7000);
  expect(parseRetryAfter(['3', '9'], now)).toBe(3000);
  expect(parseRetryAfter('Tue, 01 Jan 2030 00:00:05 GMT', now)).toBe(5000);
  expect(parseRetryAfter('Mon, 31 Dec 2029 23:59:00 GMT', now)).toBe(0);
  for (const header of [undefined, '', 'soon', '-1x']) expect(parseRetryAfter(header, now)).toBeUndefined();
});

test('what is sent again, how often and when', () => {
  const error = (code: number, retryAfterMs?: number) =>
    new ApiError({ ...at, code, reason: 'x', statusMessage: '', retryAfterMs });
  const get = { method: 'GET', path: '/' } as const;
  const patch = { method: 'PATCH', path: '/', contentType: 'application/json-patch+json' } as const;
  expect(retryDelayMs(get, error(429, 2000), 1)).toBe(2000);
  expect(retryDelayMs(get, error(503, 99_000), 4)).toBe(30_000);
  expect(retryDelayMs(get, error(429, 2000), 5)).toBeUndefined();
  expect(retryDelayMs(get, error(429), 1)).toBeUndefined();
  expect(retryDelayMs(get, error(500, 2000), 1)).toBeUndefined();
  expect(retryDelayMs({ ...get, method: 'POST' }, error(429, 2000), 1)).toBeUndefined();
  expect(retryDelayMs(patch, error(429, 2000), 1)).toBeUndefined();
  expect(retryDelayMs({ ...patch, contentType: 'application/merge-patch+json' }, error(429, 2000), 1)).toBe(2000);
  expect(retryDelayMs({ ...get, retries: 0 }, error(429, 2000), 1)).toBeUndefined();
  expect(retryDelayMs(get, new Error('x'), 1)).toBeUndefined();
});
