import { type Token, tokenize } from './tokens.ts';

/** One import of a module, however it is written. */
export interface FoundImport {
  /** The text in the quotes; undefined where it is computed. */
  readonly specifier: string | undefined;
  /** `import type` or `export type`: gone at run time. Inline `{ type X }` is not: the import itself stays. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** What the rules need to know of one source file. */
export interface ScannedSource {
  readonly imports: readonly FoundImport[];
  /** Timer globals and `process.on` and the like, as "setTimeout", "process.on". */
  readonly globals: readonly { readonly name: string; readonly line: number }[];
}

const watchedGlobals = new Set(['setTimeout', 'setInterval', 'setImmediate', 'require']);
const watchedProcess = new Set(['on', 'once', 'addListener', 'prependListener', 'kill', 'exit', 'abort']);

/** Finds imports, exports from, dynamic imports, and the globals that only some folders may use. */
export function scanSource(source: string): ScannedSource {
  const tokens = tokenize(source);
  const imports = tokens.flatMap((_, i) => importAt(tokens, i) ?? []);
  const globals = tokens.flatMap((token, i) => {
    const name = globalAt(tokens, i);
    return name === undefined ? [] : [{ name, line: token.line }];
  });
  return { imports, globals };
}

function importAt(tokens: readonly Token[], i: number): FoundImport | undefined {
  const [before, token, next, after] = [tokens[i - 1], tokens[i], tokens[i + 1], tokens[i + 2]];
  if (token?.kind !== 'word' || before?.text === '.' || next === undefined) return undefined;
  const { line } = token;
  if (token.text === 'import') {
    if (next.text === '(' && next.kind === 'sign')
      return { specifier: literal(after, tokens[i + 3]), typeOnly: false, line };
    if (next.kind === 'string') return { specifier: next.text, typeOnly: false, line };
    const clause = clauseFrom(tokens, i + 1);
    return clause && { ...clause, line };
  }
  if (token.text !== 'export') return undefined;
  const opening = next.text === 'type' ? after : next;
  const clause = opening?.text === '{' || opening?.text === '*' ? clauseFrom(tokens, i + 1) : undefined;
  return clause && { ...clause, line };
}

// `type A, { B as C } from 'x'`: words, commas, braces and stars up to `from` and a string; anything else is no import.
function clauseFrom(tokens: readonly Token[], start: number): { specifier: string; typeOnly: boolean } | undefined {
  const [first, second] = [tokens[start], tokens[start + 1]];
  // `import type from 'x'` has a binding called type.
  const typeOnly =
    first?.text === 'type' &&
    second?.text !== ',' &&
    !(second?.text === 'from' && tokens[start + 2]?.kind === 'string');
  for (let i = start; i < tokens.length; i += 1) {
    const [token, next] = [tokens[i], tokens[i + 1]];
    if (token === undefined) return undefined;
    if (token.text === 'from' && next?.kind === 'string') return { specifier: next.text, typeOnly };
    const isName = token.kind === 'word' || token.kind === 'string';
    if (!isName && !(token.kind === 'sign' && '{},*'.includes(token.text))) return undefined;
  }
  return undefined;
}

function literal(token: Token | undefined, next: Token | undefined): string | undefined {
  const whole = next?.text === ')' || next?.text === ',';
  if (token === undefined || !whole || (token.kind !== 'string' && token.kind !== 'template')) return undefined;
  return token.text;
}

function globalAt(tokens: readonly Token[], i: number): string | undefined {
  const [owner, dot, token, next] = [tokens[i - 2], tokens[i - 1], tokens[i], tokens[i + 1]];
  if (token?.kind !== 'word') return undefined;
  const member = dot?.text === '.';
  if (member && owner?.text === 'process' && watchedProcess.has(token.text)) return `process.${token.text}`;
  if (!watchedGlobals.has(token.text) || (member && owner?.text !== 'globalThis')) return undefined;
  // A property of that name in an object or a type is none of our business.
  return next?.text === ':' ? undefined : token.text;
}
