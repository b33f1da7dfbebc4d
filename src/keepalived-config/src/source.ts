/** Where something stands in a keepalived.conf: line and column count from 1, columns in UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One word of a line as keepalived's plain splitter sees it: quotes removed, nothing unescaped. */
export interface Word extends Position {
  readonly text: string;
  readonly quoted: boolean;
}

/** One line of keepalived.conf without comment and braces, and the block that follows it, if any. */
export interface Statement extends Position {
  /** The line as written, trimmed: what a script keyword splits again by its own rules. */
  readonly source: string;
  readonly words: readonly Word[];
  readonly block?: readonly Statement[];
}

/** What the parser found wrong: `message` says what it is, why, and what to do. */
export interface ParseError extends Position {
  readonly message: string;
}

/** A value, or a sentence saying why there is none. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/** The successful Result. */
export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** The failed Result; `message` is a sentence without a full stop. */
export function failure(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
