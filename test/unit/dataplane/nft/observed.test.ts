import fc from 'fast-check';
import { expect, it } from 'vitest';
import { diffTables } from '../../../../src/dataplane/nft/diff.ts';
import { observedFrom, presentFrom } from '../../../../src/dataplane/nft/observed.ts';
import { nftTable } from '../../../support/nft-arbitrary.ts';

it('without an order tells the same differences', () => {
  fc.assert(
    fc.property(nftTable, nftTable, (before, after) => {
      const lines = (observed: ReturnType<typeof observedFrom>) =>
        diffTables([observed], [after])?.text.split('\n').toSorted();
      expect(lines(presentFrom(before))?.length).toBe(lines(observedFrom(before))?.length);
      expect(diffTables([presentFrom(before)], [before])).toBeUndefined();
      expect(diffTables([presentFrom(before)], [structuredClone(before)])).toBeUndefined();
    }),
  );
});

it('of the very same objects is the very same', () => {
  const chain = { name: 'c', rules: ['accept'] };
  const set = { name: 's', key: ['mark'], flags: [], elements: ['1', '2'] } as const;
  const table = { family: 'inet', name: 'sallyport', counters: [], sets: [set], maps: [], chains: [chain] } as const;
  const [first, second] = [presentFrom(table), presentFrom({ ...table })];
  expect(second.chains[0]).toBe(first.chains[0]);
  expect(second.sets[0]).toBe(first.sets[0]);
  expect(first.sets[0]?.elements).toBe(set.elements);
});
