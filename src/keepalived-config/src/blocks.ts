import type { Field } from './field.ts';
import type { Block } from './model.ts';
import { fileFields, processFields, scriptFields } from './table-checkers.ts';
import { globalFields } from './table-global.ts';
import { instanceFields } from './table-instance.ts';
import { syncGroupFields } from './table-tracking.ts';

/** The kinds of blocks that are modelled. */
export type BlockKind = Exclude<Block['kind'], 'unknown'>;

/** How a modelled block is written: its keywords (the first is written), whether it has a name, its fields in order. */
export interface BlockSpec {
  readonly kind: BlockKind;
  readonly keywords: readonly string[];
  readonly named: boolean;
  readonly fields: ReadonlyMap<string, Field<unknown>>;
  readonly byKeyword: ReadonlyMap<string, readonly [string, Field<unknown>]>;
}

function makeSpec(
  kind: BlockKind,
  table: Readonly<Record<string, Field<unknown>>>,
  ...synonyms: readonly string[]
): BlockSpec {
  // Methods compare both ways, so a table of typed fields passes; each value that reaches a field comes from its own key.
  const fields = new Map(Object.entries(table));
  const byKeyword = new Map<string, readonly [string, Field<unknown>]>();
  for (const [name, field] of fields) for (const keyword of field.keywords) byKeyword.set(keyword, [name, field]);
  return { kind, keywords: [kind, ...synonyms], named: kind !== 'global_defs', fields, byKeyword };
}

const specs: readonly BlockSpec[] = [
  makeSpec('global_defs', globalFields),
  makeSpec('vrrp_script', scriptFields),
  makeSpec('vrrp_track_process', processFields),
  makeSpec('track_file', fileFields, 'vrrp_track_file'),
  makeSpec('vrrp_sync_group', syncGroupFields),
  makeSpec('vrrp_instance', instanceFields),
];

const byKind: ReadonlyMap<string, BlockSpec> = new Map(specs.map((spec) => [spec.kind, spec]));
const byKeyword: ReadonlyMap<string, BlockSpec> = new Map(
  specs.flatMap((spec) => spec.keywords.map((keyword) => [keyword, spec])),
);

/** The spec of a kind of block; undefined for a kind that is not modelled. */
export function findSpec(kind: string): BlockSpec | undefined {
  return byKind.get(kind);
}

/** The spec of the block that a keyword of the file begins; undefined when it is not modelled. */
export function findSpecByKeyword(keyword: string): BlockSpec | undefined {
  return byKeyword.get(keyword);
}
