import { failure, type Result, success, type Word } from './source.ts';

const blank = ' \t\f\v\r\n';

function isBlank(character: string | undefined): boolean {
  return character !== undefined && character !== '' && blank.includes(character);
}

/**
 * Split a line as keepalived splits most lines (2.2.7): at white space, and a `"` always begins a word that ends at the
 * next `"`; there are no escapes and `'` is an ordinary character. An open quote runs to the end.
 */
export function splitPlain(source: string, line: number, column: number): readonly Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < source.length) {
    if (isBlank(source[at])) {
      at += 1;
      continue;
    }
    const quoted = source[at] === '"';
    const begin = quoted ? at + 1 : at;
    let end = begin;
    while (end < source.length && source[end] !== '"' && (quoted || !isBlank(source[end]))) end += 1;
    words.push({ text: source.slice(begin, end), quoted, line, column: column + at });
    at = quoted ? end + 1 : end;
  }
  return words;
}

/**
 * Split a line as keepalived splits script lines, and then the script itself (2.2.7): shell-like, `"` and `'` quote
 * and may stand inside a word, `\` escapes everywhere.
 */
export function splitScript(source: string): Result<readonly string[]> {
  const words: string[] = [];
  let at = 0;
  while (at < source.length) {
    if (isBlank(source[at])) {
      at += 1;
      continue;
    }
    const word = readScriptWord(source, at);
    if (!word.ok) return word;
    words.push(word.value.text);
    at = word.value.end;
  }
  return success(words);
}

function readScriptWord(source: string, begin: number): Result<{ readonly text: string; readonly end: number }> {
  const parts: string[] = [];
  let quote = '';
  let at = begin;
  while (at < source.length && (quote !== '' || !isBlank(source[at]))) {
    const character = source.charAt(at);
    if (character === '\\') {
      const escaped = readEscape(source, at + 1);
      if (!escaped.ok) return escaped;
      parts.push(escaped.value.text);
      at = escaped.value.end;
      continue;
    }
    if (quote === character) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else parts.push(character);
    at += 1;
  }
  if (quote !== '') return failure(`the quote ${quote} is not closed: close it on the same line`);
  return success({ text: parts.join(''), end: at });
}

const namedEscapes: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['E', '\x1b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

const numberEscape = /x([0-9A-Fa-f]+)|([0-7]{1,3})/y;

function readEscape(source: string, at: number): Result<{ readonly text: string; readonly end: number }> {
  const character = source[at];
  if (character === undefined) return failure('a \\ at the end of the line escapes nothing: remove it');
  numberEscape.lastIndex = at;
  const number = numberEscape.exec(source);
  if (number !== null) {
    const digits = number[1] ?? number[2] ?? '0';
    // keepalived keeps the last eight bits, whatever the number of digits.
    const code = Number.parseInt(digits.slice(-3), number[1] === undefined ? 8 : 16) & 0xff;
    return success({ text: String.fromCharCode(code), end: at + number[0].length });
  }
  if (character === 'c' && at + 1 < source.length) {
    return success({ text: String.fromCharCode(source.charCodeAt(at + 1) & 0x1f), end: at + 2 });
  }
  return success({ text: namedEscapes.get(character) ?? character, end: at + 1 });
}
