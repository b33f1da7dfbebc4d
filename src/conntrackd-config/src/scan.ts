/** A statement; with a body a section. */
export interface Statement {
  readonly words: readonly string[];
  /** Counted from 1. */
  readonly line: number;
  readonly body?: readonly Statement[];
}

/** What is wrong with a text, and where. */
export interface ParseError {
  readonly line: number;
  readonly message: string;
}

export interface Scanned {
  readonly statements: readonly Statement[];
  readonly errors: readonly ParseError[];
}

/** Deepest nesting that is read; conntrackd's own is four. */
const maxDepth = 8;
/** Largest text that is read, in UTF-16 code units. */
const maxTextLength = 1024 * 1024;

interface Open {
  readonly words: readonly string[];
  readonly line: number;
  readonly body: Statement[];
}

/** A text as a tree, one statement a line, without comments; never throws. */
export function scan(text: string): Scanned {
  if (text.length > maxTextLength)
    return { statements: [], errors: [{ line: 1, message: `longer than ${maxTextLength} characters` }] };
  const errors: ParseError[] = [];
  const root: Open = { words: [], line: 0, body: [] };
  const open: Open[] = [root];
  const top = () => open.at(-1) ?? root;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1;
    const words = raw
      .replace(/#.*/, '')
      .split(/[ \t\r]+/)
      .filter((word) => word !== '');
    if (words.length === 0) continue;
    if (words.length === 1 && words[0] === '}') {
      const closed = open.length > 1 ? open.pop() : undefined;
      if (closed === undefined) errors.push({ line, message: "'}' closes nothing" });
      else top().body.push(closed);
      continue;
    }
    const opens = words.at(-1) === '{';
    const own = opens ? words.slice(0, -1) : words;
    if (own.length === 0 || own.some((word) => /[{}]/.test(word)))
      return {
        statements: [],
        errors: [...errors, { line, message: 'a brace stands where no section begins or ends' }],
      };
    if (!opens) top().body.push({ words: own, line });
    else if (open.length > maxDepth)
      return { statements: [], errors: [...errors, { line, message: `sections nest deeper than ${maxDepth}` }] };
    else open.push({ words: own, line, body: [] });
  }
  const unclosed = open.length > 1 ? [{ line: top().line, message: `'${top().words.join(' ')}' is never closed` }] : [];
  return { statements: root.body, errors: [...errors, ...unclosed] };
}
