import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, redactText } from '../../../src/telemetry/redact.ts';

const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2RlIn0.c2lnbmF0dXJl';

describe('redact', () => {
  it('masks by field name, at any depth and in any spelling', () => {
    const fields = {
      token: 'a',
      request: { headers: [{ Authorization: 'b', 'Set-Cookie': 'c' }] },
      client_secret: 'd',
      auth_pass: 'e',
    };
    expect(JSON.stringify(redact(fields))).not.toMatch(/"[a-e]"/);
    expect(redact({ tokens: 3, secretName: 'tls', tokenReview: 'ok' })).toEqual({
      tokens: 3,
      secretName: 'tls',
      tokenReview: 'ok',
    });
  });

  it('masks by look, in values, messages, stacks and causes', () => {
    const cause = new Error(`HTTP 401 with Authorization: Bearer ${jwt}`);
    const error = Object.assign(new Error(`refused: ${jwt}`, { cause }), {
      args: ['-H', 'authorization: basic dXNlcjpwYXNz'],
    });
    const text = JSON.stringify(redact({ error }));
    expect(text).not.toMatch(/eyJ|dXNlcjpwYXNz/);
    expect(text).toContain('refused: [redacted]');
    expect(redactText(`Bearer ${jwt} and text`)).toBe('[redacted] and text');
  });

  it('keeps what an error knows', () => {
    class ShapedError extends Error {
      override readonly name = 'ShapedError';
      readonly exitCode = 3;
    }
    expect(redact(new ShapedError('why'))).toMatchObject({
      type: 'ShapedError',
      message: 'why',
      exitCode: 3,
      stack: expect.any(String),
    });
  });

  it('says what JSON cannot', () => {
    const circle: Record<string, unknown> = {
      n: 1n,
      map: new Map([['k', new Set([1])]]),
      at: new Date(0),
      never: new Date(Number.NaN),
    };
    circle['self'] = circle;
    expect(redact(circle)).toEqual({
      n: '1',
      map: { k: [1] },
      at: '1970-01-01T00:00:00.000Z',
      never: 'Invalid Date',
      self: '[circular]',
    });
  });

  it('ends on endless depth, and keeps what occurs twice', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 10_000; i += 1) deep = { deep };
    expect(JSON.stringify(redact(deep))).toContain('[too deep]');
    const shared = { a: 1 };
    expect(redact([shared, shared])).toEqual([shared, shared]);
  });

  it('never lets a token through, wherever it is put', () => {
    const hidden = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constant(`Bearer ${jwt}`),
        fc.string().map((text) => `${text} ${jwt}`),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3 }),
        tie('tree').map((inner) => new Error('e', { cause: inner })),
      ),
    }));
    fc.assert(fc.property(hidden.tree, (value) => !(JSON.stringify(redact(value)) ?? '').includes('eyJhbGci')));
  });
});
