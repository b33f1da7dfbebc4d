import { findWordProblem } from './codec.ts';
import type { UnknownEntry } from './model-entries.ts';
import { scanText } from './scan.ts';
import { failure, type Result, type Statement, success } from './source.ts';

/** Matches what keepalived replaces: `$NAME`, `${NAME}`. */
export const parameterUse = /\$[A-Za-z_{]/;

/** Why a source text cannot stand verbatim within one line; undefined when it is read back as exactly that. */
export function findSourceProblem(source: unknown): string | undefined {
  if (typeof source !== 'string') return 'it is not a string';
  if (!source.isWellFormed()) return 'it is not well-formed Unicode';
  if (/[\n\r\f\v]/.test(source)) return 'it contains a line break';
  if (parameterUse.test(source)) return "it contains '$' before a name, which keepalived would replace";
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
  const keyword = /^\S+/.exec(statement.source)?.[0] ?? '';
  const entry = { kind: 'unknown', keyword, rest: statement.source.slice(keyword.length).trim() } as const;
  return statement.block === undefined ? entry : { ...entry, block: statement.block.map(keepStatement) };
}

/** The line of an UnknownEntry without its block. */
export function writeUnknownLine(entry: UnknownEntry): Result<string> {
  const { keyword, rest } = entry;
  if (typeof keyword !== 'string' || typeof rest !== 'string') return failure('keyword or rest is not a string');
  if (/\s/.test(keyword)) return failure('the keyword contains white space');
  if (/^[@~$]|^include[rmwba]?$/.test(keyword))
    return failure(`the keyword '${keyword}' has a meaning of its own to keepalived's reader`);
  const line = rest === '' ? keyword : `${keyword} ${rest}`;
  const problem = findSourceProblem(line) ?? (keyword.startsWith('"') ? undefined : findKeywordProblem(keyword));
  return problem === undefined ? success(line) : failure(problem);
}

function findKeywordProblem(keyword: string): string | undefined {
  const plain = keyword.replaceAll(/["'\\$]/g, '');
  return plain === '' ? undefined : findWordProblem(plain);
}
