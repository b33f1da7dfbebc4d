/** Hands out the static addresses of a run, so that no two tests use one at a time. */
export interface AddressDesk {
  /** Resolves when that many are free; throws RangeError when there never will be. */
  take(count: number): Promise<readonly string[]>;
  giveBack(addresses: readonly string[]): void;
}

/** A desk over these addresses: longest unused first, and whoever came first is served first. */
export function openAddressDesk(addresses: readonly string[]): AddressDesk {
  const free = [...addresses];
  const waiting: { readonly count: number; serve(addresses: readonly string[]): void }[] = [];
  const serve = () => {
    for (let next = waiting[0]; next !== undefined && next.count <= free.length; next = waiting[0]) {
      waiting.shift();
      next.serve(free.splice(0, next.count));
    }
  };
  return {
    take: (count) => {
      if (count > addresses.length)
        throw new RangeError(`the test needs ${count} usable addresses and the run has ${addresses.length}`);
      return new Promise((resolve) => {
        waiting.push({ count, serve: resolve });
        serve();
      });
    },
    giveBack: (back) => {
      free.push(...back);
      serve();
    },
  };
}
