import { describe, expect, it } from 'vitest';
import type { Schema } from '../../../src/schema/model.ts';
import { additions, narrowings } from '../../support/compare-schemas.ts';

const text: Schema = { type: 'string' };
const list = (items: Schema, more: Partial<Schema> = {}): Schema => ({ type: 'array', items, ...more });
const object = (properties: Record<string, Schema>, more: Partial<Schema> = {}): Schema => ({
  ...{ type: 'object', properties },
  ...more,
});
const rule = (words: string) => ({ 'x-kubernetes-validations': [{ rule: words, message: '' }] });

describe('narrowings', () => {
  it.each<[what: string, before: Schema, after: Schema, lines: readonly string[]]>([
    ['the same', object({ a: list(text) }), object({ a: list(text) }), []],
    ['one more field', object({}), object({ a: text }), []],
    ['a field that is gone', object({ a: object({ b: text }) }), object({ a: object({}) }), ['a.b: gone']],
    ['more is required', object({ a: text }), object({ a: text }, { required: ['a'] }), [': more is required']],
    ['less is required', object({ a: text }, { required: ['a'] }), object({ a: text }), []],
    ['another type', list(text), list({ type: 'integer' }), ['[]: another type']],
    ['a value that is gone', { ...text, enum: ['A', 'B'] }, { ...text, enum: ['A'] }, [': fewer values']],
    ['one more value', { ...text, enum: ['A'] }, { ...text, enum: ['A', 'B'] }, []],
    ['values at last', text, { ...text, enum: ['A'] }, [': fewer values']],
    ['another pattern', { ...text, pattern: 'a' }, { ...text, pattern: 'b' }, [': another pattern or format']],
    ['no pattern', { ...text, pattern: 'a' }, text, []],
    ['a shorter list', list(text, { maxItems: 9 }), list(text, { maxItems: 8 }), [': lower limits']],
    ['a longer list', list(text, { maxItems: 8 }), list(text, { maxItems: 9 }), []],
    ['a limit at last', list(text), list(text, { minItems: 1 }), [': higher limits']],
    ['another default', { ...text, default: 'a' }, { ...text, default: 'b' }, [': another default']],
    ['one more rule', object({}, rule('a')), object({}, rule('b')), [': another rule']],
    ['one rule less', object({}, rule('a')), object({}), []],
    ['a map', { type: 'object', additionalProperties: text }, { type: 'object' }, ['{}: gone']],
    [
      'no unknown fields any more',
      object({}, { 'x-kubernetes-preserve-unknown-fields': true }),
      object({}),
      [': unknown fields are dropped'],
    ],
  ])('%s', (_, before, after, lines) => {
    expect(narrowings(before, after)).toEqual(lines);
  });
});

describe('additions', () => {
  it.each<[what: string, before: Schema, after: Schema, lines: readonly string[]]>([
    ['none', object({ a: text }), object({}), []],
    ['a field in a list', object({ a: list(object({})) }), object({ a: list(object({ b: text })) }), ['a[].b']],
    ['a whole object is one', object({}), object({ a: object({ b: text }) }), ['a']],
    ['a value', object({ a: { ...text, enum: ['A'] } }), object({ a: { ...text, enum: ['A', 'B'] } }), ['a = B']],
    ['any value before', object({ a: text }), object({ a: { ...text, enum: ['B'] } }), []],
  ])('%s', (_, before, after, lines) => {
    expect(additions(before, after)).toEqual(lines);
  });
});
