import { type BlockSpec, findSpec } from './blocks.ts';
import { findWordProblem } from './codec.ts';
import type { Line } from './field.ts';
import { maxDepth, maxLineBytes, utf8Length } from './limits.ts';
import type { Block, KeepalivedConfig } from './model.ts';
import type { UnknownEntry } from './model-entries.ts';
import { writeUnknownLine } from './verbatim.ts';

/** A config that cannot be written so that keepalived reads the same: `path` says where, the message what and why. */
export class RenderError extends Error {
  override readonly name = 'RenderError';
  readonly path: string;
  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.path = path;
  }
}

/**
 * Write a config as a keepalived.conf: one statement a line, four spaces a level, fields in one order. Equal configs
 * give equal texts. It throws a RenderError for any value that would end or change its word, and never writes half.
 */
export function renderConfig(config: KeepalivedConfig): string {
  const lines = config.blocks.map((block, index) => writeBlock(block, `blocks[${index}]`));
  return lines.map((line, index) => printLine(line, 0, `blocks[${index}]`).join('')).join('\n');
}

function writeBlock(block: Block, path: string): Line {
  if (block.kind === 'unknown') return writeUnknown(block, path, 0);
  const spec = findSpec(block.kind);
  if (spec === undefined) throw new RenderError(`${path}.kind`, `'${String(block.kind)}' is not a kind of block`);
  const header = block.kind === 'global_defs' ? block.kind : `${block.kind} ${checkName(block.name, path)}`;
  const fields = writeFields(spec, block as unknown as Readonly<Record<string, unknown>>, path);
  const unknown = (block.unknown ?? []).map((entry, index) => writeUnknown(entry, `${path}.unknown[${index}]`, 1));
  return { text: header, body: [...fields, ...unknown] };
}

function checkName(name: string, path: string): string {
  const problem = findWordProblem(name);
  if (problem !== undefined) throw new RenderError(`${path}.name`, problem);
  return name;
}

function writeFields(spec: BlockSpec, block: Readonly<Record<string, unknown>>, path: string): readonly Line[] {
  for (const key of Object.keys(block)) {
    if (!spec.fields.has(key) && key !== 'kind' && key !== 'name' && key !== 'unknown')
      throw new RenderError(`${path}.${key}`, `'${spec.kind}' has no such field`);
  }
  const lines: Line[] = [];
  for (const [name, field] of spec.fields) {
    const value = block[name];
    if (value === undefined) continue;
    if (value === null) throw new RenderError(`${path}.${name}`, 'it is null: leave the field out instead');
    const written = field.write(value);
    if (!written.ok) throw new RenderError(`${path}.${name}${written.at}`, written.message);
    lines.push(written.line);
  }
  return lines;
}

function writeUnknown(entry: UnknownEntry, path: string, depth: number): Line {
  if (depth > maxDepth) throw new RenderError(path, `blocks are nested deeper than ${maxDepth}`);
  const written = writeUnknownLine(entry);
  if (!written.ok) throw new RenderError(path, written.message);
  if (entry.block === undefined) return { text: written.value };
  return {
    text: written.value,
    body: entry.block.map((each, index) => writeUnknown(each, `${path}.block[${index}]`, depth + 1)),
  };
}

function printLine({ text, body }: Line, depth: number, path: string): readonly string[] {
  const indent = '    '.repeat(depth);
  const first = `${indent}${text}${body === undefined ? '' : ' {'}`;
  if (utf8Length(first) > maxLineBytes)
    throw new RenderError(
      path,
      `the line '${first.trim().slice(0, 40)}...' is longer than the ${maxLineBytes} bytes that keepalived reads`,
    );
  if (body === undefined) return [`${first}\n`];
  return [`${first}\n`, ...body.flatMap((line) => printLine(line, depth + 1, path)), `${indent}}\n`];
}
