export type { Problem } from './check.ts';
export { checkConfig } from './check.ts';
export type * from './model.ts';
export { RenderError, renderConfig } from './render.ts';
