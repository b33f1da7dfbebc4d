import { tablePath } from './commands.ts';
import { diffTable, type TableChange } from './diff-table.ts';
import type { NftTable, NftTransaction, ObservedTable } from './model.ts';

/**
 * The smallest atomic change that turns what is into what is wanted, or undefined when nothing differs. Observed tables that
 * are not wanted are deleted, so pass only our own; `nft -f -` takes the text as a whole or not at all.
 */
export function diffTables(
  observed: readonly ObservedTable[],
  desired: readonly NftTable[],
): NftTransaction | undefined {
  const { changes, summary } = compareTables(observed, desired);
  return transactionOf(
    parts.flatMap((part) => changes.flatMap((change) => change[part])),
    summary,
  );
}

/**
 * The same as up to three transactions: what is new and nothing leads to; what packets meet, at once; what nothing leads to any more. A packet
 * that is under way meanwhile finds all that it is led to. A first one that is refused has changed nothing.
 */
export function stageTables(
  observed: readonly ObservedTable[],
  desired: readonly NftTable[],
): readonly NftTransaction[] {
  const { changes, summary } = compareTables(observed, desired);
  return parts
    .map((part) =>
      transactionOf(
        changes.flatMap((change) => change[part]),
        summary,
      ),
    )
    .filter((transaction) => transaction !== undefined);
}

const parts = ['prepare', 'exchange', 'sweep'] as const;

function compareTables(observed: readonly ObservedTable[], desired: readonly NftTable[]) {
  const wanted = new Set(desired.map(tablePath));
  const before = new Map(observed.map((table) => [tablePath(table), table]));
  const removed = observed
    .filter((table) => !wanted.has(tablePath(table)))
    .map((table) => `delete table ${tablePath(table)}`);
  const changes: readonly TableChange[] = [
    { prepare: [], exchange: removed, sweep: [], summary: removed },
    ...desired.map((table) => diffTable(before.get(tablePath(table)), table)),
  ];
  return { changes, summary: changes.flatMap((change) => change.summary) };
}

function transactionOf(commands: readonly string[], summary: readonly string[]): NftTransaction | undefined {
  return commands.length === 0 ? undefined : { text: `${commands.join('\n')}\n`, summary };
}
