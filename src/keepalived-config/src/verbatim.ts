import type { UnknownEntry } from './model-entries.ts';
import { scanText } from './scan.ts';
import { failure, type Result, type Statement, success } from './source.ts';

/** Why a source text cannot stand verbatim within one line; undefined when it is read back as exactly that. */
export function findSourceProblem(source: unknown): string | undefined {
  if (typeof source !== 'string') return 'it is not a string';
  if (/[\n\r]/.test(source)) return 'it contains a line break';
  const scan = scanText(source);
  const error = scan.errors[0];
  if (error !== undefined) return error.message;
  const only = scan.statements[0];
  if (scan.statements.length !== 1 || only?.block !== undefined || only?.source !== source) {
    return 'it is not exactly one line without comment, braces and outer white space';
  }
  return undefined;
}

/** The UnknownEntry that keeps a statement as written. */
export function keepStatement(statement: Statement): UnknownEntry {
  const keyword = /^[^ \t]+/.exec(statement.source)?.[0] ?? '';
  const entry = {
    kind: 'unknown',
    keyword,
    rest: statement.source.slice(keyword.length).replace(/^[ \t]+/, ''),
  } as const;
  return statement.block === undefined ? entry : { ...entry, block: statement.block.map(keepStatement) };
}

/** The line of an UnknownEntry without its block. */
export function writeUnknownLine(entry: UnknownEntry): Result<string> {
  const { keyword, rest } = entry;
  if (typeof keyword !== 'string' || typeof rest !== 'string') return failure('keyword or rest is not a string');
  if (keyword === '' || /[ \t]/.test(keyword)) return failure('the keyword is empty or contains white space');
  if (/^@|^~(SEQ|LST)/.test(keyword) || (rest !== '' && /^include[rmwba]?$/.test(keyword))) {
    return failure(`'${keyword}' has a meaning of its own to keepalived's reader`);
  }
  const line = rest === '' ? keyword : `${keyword} ${rest}`;
  const problem = findSourceProblem(line);
  return problem === undefined ? success(line) : failure(problem);
}
