import { expect, it } from 'vitest';
import { code, textCell, wrapTable } from '../../../../hack/api-docs/markdown.ts';

it('code survives in a cell of a table', () => {
  expect(code('^$|a\\.b')).toBe('`^$\\|a\\.b`');
  expect(code('a `b`')).toBe('`` a `b` ``');
});

it('text is text in a cell, but for code', () => {
  expect(textCell(' one | two\n <three> *four* [5] a_b \\ `six | *` ')).toBe(
    'one \\| two \\<three\\> \\*four\\* \\[5\\] a\\_b \\\\ `six \\| *`',
  );
});

it('a table has a head, a line and rows', () => {
  expect(wrapTable(['a', ''], [['1', '2']])).toBe('| a |  |\n| --- | --- |\n| 1 | 2 |\n');
});
