import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { NftError } from '../../src/dataplane/nft/classify.ts';
import { diffTables, stageTables } from '../../src/dataplane/nft/diff.ts';
import type { Nft } from '../../src/dataplane/nft/exec.ts';
import type { NftTable, NftTransaction } from '../../src/dataplane/nft/model.ts';
import type { NftChange } from '../../src/dataplane/nft/monitor.ts';
import { observedFrom } from '../../src/dataplane/nft/observed.ts';
import { nftTable } from './nft-arbitrary.ts';

/** One nftables to try, and the hands of somebody else on it. */
export interface NftUnderTest {
  readonly nft: Nft;
  intrude(text: string): Promise<void>;
}

const name = { family: 'inet', name: 'sallyport' } as const;
const sample: NftTable = {
  ...name,
  counters: ['c1'],
  sets: [{ name: 's1', key: ['ipv4_addr'], flags: ['interval'], elements: ['10.0.0.0-10.255.255.255'] }],
  maps: [{ name: 'm1', key: ['ipv4_addr'], flags: [], value: 'verdict', elements: [['10.0.0.1', 'goto r1']] }],
  chains: [
    {
      name: 'base',
      base: { type: 'filter', hook: 'prerouting', priority: -95, policy: 'accept' },
      rules: ['ip daddr @s1 return', 'ip saddr vmap @m1', 'counter name "c1" drop'],
    },
    { name: 'r1', rules: ['drop'] },
  ],
};

/** What the real nftables and the fake both keep. Each test starts from an empty ruleset. */
export function nftContract(start: () => Promise<NftUnderTest>, runs: number): void {
  let nft: Nft;
  let intrude: NftUnderTest['intrude'];
  beforeEach(async () => {
    ({ nft, intrude } = await start());
    await intrude('flush ruleset');
  });
  const become = async (desired: readonly NftTable[]) => {
    const transaction = diffTables(await nft.read([name]), desired);
    if (transaction !== undefined) await nft.commit(transaction);
    return transaction;
  };

  it('reads an absent table as nothing', async () => {
    expect(await nft.read([name])).toEqual([]);
  });

  it('turns any table into any other by one transaction', async () => {
    await fc.assert(
      fc.asyncProperty(nftTable, nftTable, async (first, second) => {
        await intrude('flush ruleset');
        for (const table of [first, second]) {
          await become([table]);
          expect(await nft.read([name])).toEqual([observedFrom(table)]);
          expect(await become([table])).toBeUndefined();
        }
        await become([]);
        expect(await nft.read([name])).toEqual([]);
      }),
      { numRuns: runs, includeErrorInReport: true },
    );
  });

  it('turns any table into any other by one transaction after the other', async () => {
    await fc.assert(
      fc.asyncProperty(nftTable, nftTable, async (first, second) => {
        await intrude('flush ruleset');
        for (const table of [first, second]) {
          for (const transaction of stageTables(await nft.read([name]), [table])) await nft.commit(transaction);
          expect(await nft.read([name])).toEqual([observedFrom(table)]);
        }
      }),
      { numRuns: runs, includeErrorInReport: true },
    );
  });

  it('takes all of a transaction or nothing', async () => {
    await become([sample]);
    const failing = 'delete element inet sallyport m1 { 10.0.0.1 }\ndelete chain inet sallyport nothing\n';
    await expect(nft.commit(transactionOf(failing))).rejects.toMatchObject({ failure: 'not-found', line: 2 });
    expect(await nft.read([name])).toEqual([observedFrom(sample)]);
  });

  it('checks without changing', async () => {
    await nft.check(transactionOf('add table inet sallyport\n'));
    await expect(nft.check(transactionOf('add chain inet nothing c\n'))).rejects.toBeInstanceOf(NftError);
    expect(await nft.read([name])).toEqual([]);
  });

  it.each([
    ['exists', 'add element inet sallyport m1 { 10.0.0.1 : drop }'],
    ['not-found', 'delete element inet sallyport m1 { 10.0.0.9 }'],
    ['not-found', 'add element inet sallyport m1 { 10.0.0.9 : goto nothing }'],
    ['busy', 'delete chain inet sallyport r1'],
    ['busy', 'delete set inet sallyport s1'],
    ['busy', 'delete counter inet sallyport c1'],
    ['syntax', 'nonsense'],
  ])('says %s for: %s', async (failure, text) => {
    await become([sample]);
    await expect(nft.commit(transactionOf(`${text}\n`))).rejects.toMatchObject({ name: 'NftError', failure });
  });

  describe('what somebody else did', () => {
    it.each([
      ['a rule without our comment', 'add rule inet sallyport r1 accept'],
      ['one of our rules once more', 'add rule inet sallyport r1 drop comment "sp:00000000"'],
      ['a chain emptied', 'flush chain inet sallyport base'],
      ['an element more', 'add element inet sallyport s1 { 192.0.2.0-192.0.2.255 }'],
      ['an element less', 'delete element inet sallyport m1 { 10.0.0.1 }'],
      ['a set more', 'add set inet sallyport extra { type ipv4_addr; }'],
      ['a chain more', 'add chain inet sallyport extra'],
      ['all gone', 'flush ruleset'],
    ])('is seen and undone: %s', async (_what, text) => {
      await become([sample]);
      await intrude(text);
      expect(await become([sample])).toBeDefined();
      expect(await nft.read([name])).toEqual([observedFrom(sample)]);
    });
  });

  it('reports the transactions of others and not its own', async () => {
    await become([sample]);
    const changes: NftChange[] = [];
    const end = new AbortController();
    const seen = (kind: NftChange['kind']) => changes.filter((change) => change.kind === kind);
    const done = nft.watch({ tables: [name], signal: end.signal, onChange: (change) => changes.push(change) });
    await expect.poll(() => seen('unknown').length, { timeout: 5000, interval: 2 }).toBeGreaterThan(0);
    await become([{ ...sample, chains: [], maps: [] }]);
    await intrude('add table inet other');
    await intrude('add chain inet sallyport foreign');
    await expect.poll(() => seen('foreign').length, { timeout: 5000, interval: 2 }).toBe(1);
    expect(seen('foreign')).toMatchObject([{ tables: ['inet sallyport'], gone: [], process: 'nft' }]);
    await intrude('flush ruleset');
    await expect.poll(() => seen('foreign').length, { timeout: 5000, interval: 2 }).toBe(2);
    expect(seen('foreign')[1]).toMatchObject({ gone: expect.arrayContaining(['inet sallyport']) });
    end.abort();
    await done;
  });
}

function transactionOf(text: string): NftTransaction {
  return { text, summary: [] };
}
