export type { Problem } from './check.ts';
export { checkConfig } from './check.ts';
export type * from './model.ts';
export type { ParseResult } from './parse.ts';
export { parseConfig } from './parse.ts';
export { RenderError, renderConfig } from './render.ts';
export type { ParseError } from './scan.ts';
