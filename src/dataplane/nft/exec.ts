import { randomBytes } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import type { Runner } from '../../platform/exec.ts';
import { classifyNftError, NftError } from './classify.ts';
import { type TableName, tablePath } from './commands.ts';
import type { NftTransaction, ObservedTable } from './model.ts';
import { type NftWatch, watchTables } from './monitor.ts';
import { foreignTable, parseTable } from './parse.ts';
import type { NftSession } from './session.ts';

/** The kernel's nftables; every method throws NftError and nothing else. */
export interface Nft {
  /** Those of the tables that exist, in the order asked for. */
  read(tables: readonly TableName[]): Promise<readonly ObservedTable[]>;
  /** Asks nft and the kernel whether the transaction would be taken, without changing anything. */
  check(transaction: NftTransaction): Promise<void>;
  /** All of it or nothing. */
  commit(transaction: NftTransaction): Promise<void>;
  /**
   * Reports changes of the tables that this very object did not commit, within milliseconds, until the signal aborts (then
   * resolves). Reports `unknown`, so that the tables are read again, once it really listens and whenever it was deaf.
   */
  watch(watch: NftWatch): Promise<void>;
}

const commitTimeoutMs = 60_000;

export interface NftOptions {
  readonly runner: Runner;
  readonly clock: Clock;
  /** For small transactions; absent: every one has a process of its own. */
  readonly session?: NftSession;
}

/** Runs `nft` (≥ 1.0.6), which must be on the PATH. */
export function createNft(options: NftOptions): Nft {
  const { runner, session } = options;
  // Process ids in monitor events are the machine's, ours may be a namespace's; so own transactions carry a mark instead:
  // a table of this name, added and deleted at once, which is seen only there.
  const marker = `sallyport-${randomBytes(6).toString('hex')}`;
  const apply = async (text: string, args: readonly string[]) => {
    try {
      await runner.run('nft', [...args, '-f', '-'], { input: text, timeoutMs: commitTimeoutMs });
    } catch (error) {
      throw classifyNftError(error, text);
    }
  };
  const commit = async (text: string) => {
    const marked = `${text}add table ip ${marker}\ndelete table ip ${marker}\n`;
    const answer = await session?.commit(marked);
    // What was refused changed nothing: a process of its own says why, and in which line.
    if (answer !== 'committed') await apply(marked, []);
  };
  return {
    read: async (tables) => {
      const found = await Promise.all(tables.map((table) => readTable(runner, table)));
      return found.filter((table) => table !== undefined);
    },
    check: (transaction) => apply(transaction.text, ['-c']),
    commit: (transaction) => commit(transaction.text),
    watch: (watch) => watchTables({ ...options, ...watch, marker, mark: () => commit('') }),
  };
}

async function readTable(runner: Runner, table: TableName): Promise<ObservedTable | undefined> {
  const list = ['list', 'table', table.family, table.name];
  try {
    const terse = (await runner.run('nft', ['-t', ...list])).stdout;
    // A dormant table can make `nft -j` 1.0.6 crash: what the text says is enough to replace it.
    if (/^\tflags /m.test(terse)) return parseTable(table, { terse, json: '' });
    const { stdout } = await runner.run('nft', ['-j', '-p', ...list], { timeoutMs: commitTimeoutMs });
    return parseTable(table, { terse, json: stdout });
  } catch (error) {
    const failure = classifyNftError(error);
    if (failure.failure === 'not-found') return undefined;
    if (failure.failure === 'unavailable' && isCrash(failure)) return foreignTable(table, 'nft -j crashes on it');
    throw new NftError({
      failure: failure.failure,
      message: `read ${tablePath(table)}: ${failure.message}`,
      cause: error,
    });
  }
}

function isCrash(failure: NftError): boolean {
  return failure.message.includes('SIGSEGV') || failure.message.includes('SIGABRT');
}
