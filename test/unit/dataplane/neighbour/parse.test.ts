import { expect, test } from 'vitest';
import { parseAnswers } from '../../../../src/dataplane/neighbour/parse.ts';

const listing = (...sets: readonly object[]) => JSON.stringify({ nftables: [{ metainfo: {} }, ...sets] });
const timed = (...concat: readonly string[]) => ({ elem: { val: { concat }, timeout: 10, expires: 9 } });

test('answers of both families, with and without a timeout, canonical', () => {
  const text = listing(
    { table: { name: 'sallyport-ask' } },
    {
      set: {
        name: 'answers4',
        elem: [timed('192.0.2.100', '02:AB:00:00:00:01'), { concat: ['192.0.2.100', '02:ab:00:00:00:02'] }],
      },
    },
    { set: { name: 'answers6', elem: [timed('2001:db8:0::1', '02:ab:00:00:00:01')] } },
  );
  expect(parseAnswers(text)).toEqual([
    { address: '192.0.2.100', mac: '02:ab:00:00:00:01' },
    { address: '192.0.2.100', mac: '02:ab:00:00:00:02' },
    { address: '2001:db8::1', mac: '02:ab:00:00:00:01' },
  ]);
});

test('no answers, and what is no answer', () => {
  expect(
    parseAnswers(listing({ set: { name: 'answers4' } }, { set: { elem: ['x', { concat: ['nobody', 'y'] }, null] } })),
  ).toEqual([]);
  expect(() => parseAnswers('{}')).toThrow(SyntaxError);
  expect(() => parseAnswers('nothing')).toThrow(SyntaxError);
});
