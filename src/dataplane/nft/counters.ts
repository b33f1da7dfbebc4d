import type { Runner } from '../../platform/exec.ts';
import { classifyNftError } from './classify.ts';
import type { TableName } from './commands.ts';
import { type CounterValue, parseCounters } from './parse-counters.ts';

/** The named counters of a table, none where there is no such table; one process, which reads nothing else of it. Throws NftError. */
export async function readCounters(runner: Runner, table: TableName): Promise<ReadonlyMap<string, CounterValue>> {
  try {
    const { stdout } = await runner.run('nft', ['-j', 'list', 'counters', 'table', table.family, table.name]);
    return parseCounters(stdout);
  } catch (error) {
    const failure = classifyNftError(error);
    if (failure.failure === 'not-found') return new Map();
    throw failure;
  }
}
