import { type AddressesOptions, type HeldAddress, watchAddresses } from './watch-addresses.ts';

/** Who wants to know of addresses of the node. */
export interface AddressReader {
  isOurs(address: string): boolean;
  /** Told of all addresses of the node, after `restart` and whenever one of anybody's came or went. */
  onAddresses(held: readonly HeldAddress[]): void;
}

export interface AddressSubscription {
  /** Begins, or begins anew: what is of interest has changed. */
  restart(): void;
  stop(): void;
}

export interface SharedAddresses {
  subscribe(reader: AddressReader): AddressSubscription;
}

/** One `ip monitor` for all readers, as long as one of them reads, until the signal aborts. */
export function shareAddresses(options: Omit<AddressesOptions, 'isOurs' | 'onAddresses'>): SharedAddresses {
  const readers = new Set<AddressReader>();
  let over = new AbortController();
  const begin = () => {
    over.abort();
    over = new AbortController();
    if (readers.size === 0) return;
    const signal = AbortSignal.any([options.signal, over.signal]);
    void watchAddresses({
      ...options,
      signal,
      isOurs: (address) => [...readers].some((reader) => reader.isOurs(address)),
      onAddresses: (held) => {
        for (const reader of signal.aborted ? [] : readers) reader.onAddresses(held);
      },
    });
  };
  return {
    subscribe: (reader) => ({
      restart: () => {
        readers.add(reader);
        begin();
      },
      stop: () => {
        // Who reads on loses nothing.
        if (readers.delete(reader) && readers.size === 0) begin();
      },
    }),
  };
}
