/** A token of TypeScript, as far as finding imports needs it. Comments and regular expressions leave nothing behind. */
export interface Token {
  /** `template` stands for a whole literal without its substitutions, which follow as tokens of their own. */
  readonly kind: 'word' | 'string' | 'template' | 'sign';
  readonly text: string;
  readonly line: number;
}

// After these words a slash begins a regular expression, after all other words it divides.
const beforeExpression = new Set([
  'return',
  'typeof',
  'case',
  'do',
  'else',
  'in',
  'of',
  'void',
  'delete',
  'throw',
  'new',
  'await',
  'yield',
]);
const patterns = {
  space: /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y,
  word: /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*|\d[\w.]*/uy,
  string: /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y,
  regex: /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y,
  templatePart: /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y,
};

/** Splits source into tokens. Needs no parser: strings, templates and expressions nest, nothing else matters here. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  // One entry per open brace: whether it closes a substitution of a template.
  const braces: boolean[] = [];
  let at = 0;
  let line = 1;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text === undefined) return undefined;
    at += text.length;
    return text;
  };
  const skipLines = (text: string) => {
    line += text.split('\n').length - 1;
  };
  const push = (kind: Token['kind'], text: string) => {
    tokens.push({ kind, text, line });
    skipLines(text);
  };
  const takeTemplate = () => {
    push('template', take(patterns.templatePart) ?? '');
    if (source.startsWith('${', at)) {
      braces.push(true);
      at += 2;
    } else at += 1;
  };

  while (at < source.length) {
    const space = take(patterns.space);
    if (space !== undefined) {
      skipLines(space);
      continue;
    }
    const regex = beginsExpression(tokens.at(-1)) ? take(patterns.regex) : undefined;
    if (regex !== undefined) {
      push('sign', '/regex/');
      continue;
    }
    const string = take(patterns.string);
    if (string !== undefined) {
      push('string', string.slice(1, -1));
      continue;
    }
    const word = take(patterns.word);
    if (word !== undefined) {
      push('word', word);
      continue;
    }
    const sign = source.charAt(at);
    at += 1;
    if (sign === '`' || (sign === '}' && braces.pop() === true)) takeTemplate();
    else {
      if (sign === '{') braces.push(false);
      push('sign', sign);
    }
  }
  return tokens;
}

function beginsExpression(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === 'word') return beforeExpression.has(before.text);
  return before.kind === 'sign' && ![')', ']', '}', '/regex/'].includes(before.text);
}
