import { tablePath } from './commands.ts';
import { diffTable } from './diff-table.ts';
import type { NftTable, NftTransaction, ObservedTable } from './model.ts';

/**
 * The smallest atomic change that turns what is into what is wanted, or undefined when nothing differs. Observed tables that
 * are not wanted are deleted, so pass only our own; `nft -f -` takes the text as a whole or not at all.
 */
export function diffTables(
  observed: readonly ObservedTable[],
  desired: readonly NftTable[],
): NftTransaction | undefined {
  const wanted = new Set(desired.map(tablePath));
  const before = new Map(observed.map((table) => [tablePath(table), table]));
  const removed = observed.filter((table) => !wanted.has(tablePath(table)));
  const changes = desired.map((table) => diffTable(before.get(tablePath(table)), table));
  const commands = [
    ...removed.map((table) => `delete table ${tablePath(table)}`),
    ...changes.flatMap((change) => change.commands),
  ];
  if (commands.length === 0) return undefined;
  return {
    text: `${commands.join('\n')}\n`,
    summary: [
      ...removed.map((table) => `delete table ${tablePath(table)}`),
      ...changes.flatMap((change) => change.summary),
    ],
  };
}
