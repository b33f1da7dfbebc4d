import { NftError } from '../dataplane/nft/classify.ts';
import { stageTables } from '../dataplane/nft/diff.ts';
import type { Nft } from '../dataplane/nft/exec.ts';
import type { NftTable, ObservedTable } from '../dataplane/nft/model.ts';

interface Committed {
  readonly changed: boolean;
  readonly present: readonly NftTable[];
}

export interface TableCommits {
  /**
   * Makes the tables what is desired, what packets meet in one transaction; resolves to whether anything changed, and what is there now. Throws
   * NftError: where it was not the first transaction that failed, what is there must be read.
   */
  commit(observed: readonly ObservedTable[], desired: readonly NftTable[]): Promise<Committed>;
  /** False once the kernel has refused nftables for bridges (built without CONFIG_NF_TABLES_BRIDGE), until this process ends. */
  hasBridge(): boolean;
}

/** Commits our tables, without that of bridges where the kernel knows none: one refused table would keep all others out. */
export function createTableCommits(nft: Pick<Nft, 'commit'>): TableCommits {
  let hasBridge = true;
  const withoutBridge = (desired: readonly NftTable[]) => desired.filter(({ family }) => family !== 'bridge');
  const commitAll = async (
    observed: readonly ObservedTable[],
    desired: readonly NftTable[],
    onRefusal?: (error: unknown) => Promise<Committed>,
  ): Promise<Committed> => {
    const [first, ...others] = stageTables(observed, desired);
    if (first === undefined) return { changed: false, present: desired };
    try {
      await nft.commit(first);
    } catch (error) {
      if (onRefusal === undefined || !isRefusal(error)) throw error;
      return await onRefusal(error);
    }
    for (const transaction of others) await nft.commit(transaction);
    return { changed: true, present: desired };
  };
  return {
    hasBridge: () => hasBridge,
    commit: async (observed, desired) => {
      if (!hasBridge) return await commitAll(observed, withoutBridge(desired));
      return await commitAll(observed, desired, async (error) => {
        const bridges = desired.filter(({ family }) => family === 'bridge');
        const isNew = bridges.some(
          ({ family, name }) => !observed.some((one) => one.family === family && one.name === name),
        );
        if (!isNew) throw error;
        const without = await commitAll(observed, withoutBridge(desired));
        // What else was refused is not there alone.
        const alone = await commitAll([], bridges).then(
          () => true,
          () => false,
        );
        hasBridge = alone;
        return alone ? { changed: true, present: desired } : without;
      });
    },
  };
}

// Linux says that it supports no such family, or, where it is a module that is missing, that there is no such chain type.
function isRefusal(error: unknown): boolean {
  return error instanceof NftError && ['unsupported', 'not-found', 'other'].includes(error.failure);
}
