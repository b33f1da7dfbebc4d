import { endedSet, retiredSet, tableName } from '../dataplane/desired/names.ts';
import type { Nft } from '../dataplane/nft/exec.ts';
import type { Logger } from '../telemetry/log.ts';

export interface EndedAddressOptions {
  readonly nft: Pick<Nft, 'commit'>;
  readonly log: Logger;
}

/** Addresses whose sandbox ended: nothing leaves the cluster from them until the kernel has forgotten whose they were. */
export interface EndedAddresses {
  /** Holds them at once, beside whatever round is under way: the next Pod with such an address may send before that round ends. */
  hold(addresses: readonly string[]): void;
  /** To be called before flows of these addresses are ended: from then on new ones get other source ports, for an hour. */
  retire(addresses: readonly string[]): Promise<void>;
  /** To be called before a round looks at the Pods; what it returns, when the round has succeeded: lets go what was held by then. */
  begin(): () => void;
  /** Resolves when all that was asked for up to now is done; for tests. */
  idle(): Promise<void>;
}

/** Keeps the sets `ended` and `retired` of both families in our table; one transaction of a few lines each time, none when nothing ends. */
export function createEndedAddresses({ nft, log }: EndedAddressOptions): EndedAddresses {
  const held = new Map<string, number>();
  let sequence = 0;
  // An agent before this one may have left some.
  let mayHoldOthers = true;
  let last: Promise<void> = Promise.resolve();
  const enqueue = (lines: () => readonly string[]): void => {
    last = last.then(async () => {
      const text = lines();
      if (text.length === 0) return;
      await nft.commit({ text: `${text.join('\n')}\n`, summary: text }).catch((error: unknown) => {
        // Before the first plan there is no table, and nothing to be held.
        log.debug({ error: String(error) }, 'ended addresses could not be changed');
      });
    });
  };
  const queued = new Set<string>();
  return {
    hold: (addresses) => {
      for (const address of addresses) {
        sequence += 1;
        held.set(address, sequence);
        queued.add(address);
      }
      // Those that end while a transaction is under way share the next one.
      enqueue(() => {
        const all = [...queued];
        queued.clear();
        return [...elements('add', all), ...retired(all)];
      });
    },
    retire: (addresses) => {
      // What ended was retired with its hold.
      enqueue(() => retired(addresses.filter((address) => !held.has(address))));
      return last;
    },
    begin: () => {
      const before = sequence;
      return () => {
        const over = [...held].filter(([, at]) => at <= before).map(([address]) => address);
        for (const address of over) held.delete(address);
        const isFirst = mayHoldOthers;
        mayHoldOthers = false;
        if (over.length === 0 && !isFirst) return;
        enqueue(() => {
          // What ended once more meanwhile stays; and what is not there cannot be deleted, so all is added once more.
          const free = over.filter((address) => !held.has(address));
          return [
            ...(isFirst ? [4, 6].map((family) => `flush set inet ${tableName} ${endedSet}${family}`) : []),
            ...(isFirst ? elements('add', [...held.keys()]) : []),
            ...elements('add', free),
            ...elements('delete', free),
          ];
        });
      };
    },
    idle: () => last,
  };
}

// What is there keeps its time, so it is taken out first; what is not there cannot be.
function retired(addresses: readonly string[]): readonly string[] {
  return (['add', 'delete', 'add'] as const).flatMap((verb) => elements(verb, addresses, retiredSet));
}

function elements(verb: 'add' | 'delete', addresses: readonly string[], set = endedSet): readonly string[] {
  return ([4, 6] as const).flatMap((family) => {
    const own = addresses.filter((address) => address.includes(':') === (family === 6));
    return own.length === 0 ? [] : [`${verb} element inet ${tableName} ${set}${family} { ${own.join(', ')} }`];
  });
}
