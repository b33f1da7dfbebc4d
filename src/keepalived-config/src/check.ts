import { findSpec } from './blocks.ts';
import { checkInstance } from './check-instance.ts';
import { checkReferences } from './check-references.ts';
import { findWordProblem } from './codec.ts';
import { type Found, findRepeated } from './found.ts';
import { readGlobalVersion } from './instance-family.ts';
import type { Block, KeepalivedConfig } from './model.ts';
import type { Positions } from './parse.ts';

/**
 * Something that keepalived 2.2.7 refuses, ignores or changes (`error`), or that it takes but hardly was meant
 * (`warning`). `path` leads to the field; line and column are there when positions were given.
 */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** Check a config without a machine: no interface, user, script or file is looked up. Block by block, then across blocks. */
export function checkConfig(config: KeepalivedConfig, positions?: Positions): readonly Problem[] {
  const version = readGlobalVersion(config);
  const found = [
    ...config.blocks.flatMap((block, index) => checkBlock(block, `blocks[${index}]`, version)),
    ...checkUnique(config),
    ...checkReferences(config),
  ];
  return found.map(({ severity, path, message }) => ({
    severity: severity ?? 'error',
    path,
    message,
    ...findPosition(path, positions),
  }));
}

function findPosition(
  path: string,
  positions: Positions | undefined,
): { readonly line?: number; readonly column?: number } {
  for (let at = path; at !== ''; at = at.replace(/(\.[^.[]*|\[\d+\]|^[^.[]*)$/, '')) {
    const position = positions?.get(at);
    if (position !== undefined) return position;
  }
  return {};
}

function checkBlock(block: Block, path: string, version: 2 | 3): readonly Found[] {
  if (block.kind === 'unknown') return [];
  const fields = checkFields(block, path);
  const name = block.kind === 'global_defs' ? undefined : findWordProblem(block.name);
  const unknown = (block.unknown ?? []).map(({ keyword }, index) => ({
    severity: 'warning' as const,
    path: `${path}.unknown[${index}]`,
    message: findSpec(block.kind)?.byKeyword.has(keyword)
      ? `'${keyword}' is given twice or was not understood`
      : `'${keyword}' is not known here: keepalived may not know it either`,
  }));
  return [
    ...(name === undefined ? [] : [{ path: `${path}.name`, message: name }]),
    ...fields,
    ...unknown,
    ...(block.kind === 'vrrp_instance' ? checkInstance(block, path, version) : []),
  ];
}

/** What the fields say of their own values: ranges, addresses, lengths. */
function checkFields(block: Block, path: string): readonly Found[] {
  const values: Readonly<Record<string, unknown>> = { ...block };
  return [...(findSpec(block.kind)?.fields ?? [])].flatMap(([name, field]) => {
    const value = values[name];
    return value === undefined
      ? []
      : field.check(value).map(({ at, message }) => ({ path: `${path}.${name}${at}`, message }));
  });
}

function checkUnique(config: KeepalivedConfig): readonly Found[] {
  const named = config.blocks.map((block) =>
    block.kind === 'unknown' || block.kind === 'global_defs' ? undefined : `${block.kind} ${block.name}`,
  );
  const globals = config.blocks.map((block) => (block.kind === 'global_defs' ? 'global_defs' : undefined));
  return [
    ...findRepeated(named).map(({ index, key }) => ({
      path: `blocks[${index}].name`,
      message: `'${key}' is there twice: rename one`,
    })),
    ...findRepeated(globals).map(({ index }) => ({
      severity: 'warning' as const,
      path: `blocks[${index}]`,
      message: 'there is more than one global_defs: join them',
    })),
  ];
}
