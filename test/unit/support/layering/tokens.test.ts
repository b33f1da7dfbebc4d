// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources under test are templates
import { describe, expect, it } from 'vitest';
import { tokenize } from '../../../support/layering/tokens.ts';

const shown = (source: string) =>
  tokenize(source).map(({ kind, text }) => (kind === 'string' || kind === 'template' ? `<${text}>` : text));

describe('tokenize', () => {
  it.each([
    ['a.b // c\n/* d\n */ e', ['a', '.', 'b', 'e']],
    [`f('it\\'s', "a // b")`, ['f', '(', `<it\\'s>`, ',', '<a // b>', ')']],
    ['`a${b + `c${d}`}e`', ['<a>', 'b', '+', '<c>', 'd', '<>', '<e>']],
    ['`a${{ b: 1 }.b}c` + {}', ['<a>', '{', 'b', ':', '1', '}', '.', 'b', '<c>', '+', '{', '}']],
    ['`\\`$ \\${x}`', ['<\\`$ \\${x}>']],
    ['x = /[\'"`]/g.test(y)', ['x', '=', '/regex/', '.', 'test', '(', 'y', ')']],
    ['return /[/]`/', ['return', '/regex/']],
    ["a / b / 'c'", ['a', '/', 'b', '/', '<c>']],
    ["(a) / b; 'c'", ['(', 'a', ')', '/', 'b', ';', '<c>']],
    ["a[0] / 2; '/'", ['a', '[', '0', ']', '/', '2', ';', '</>']],
    ['größe1 $_ 0xff_ffn 1.5e3', ['größe1', '$_', '0xff_ffn', '1.5e3']],
  ])('%s', (source, expected) => {
    expect(shown(source)).toEqual(expected);
  });

  it('counts lines through comments, strings and templates', () => {
    expect(tokenize('a\n/*\n\n*/ b\n`\n${c}\n` d').map(({ text, line }) => `${text.trim()}${line}`)).toEqual([
      'a1',
      'b4',
      '5',
      'c6',
      '6',
      'd7',
    ]);
  });
});
