import { describe, expect, test } from 'vitest';
import { createTableCommits } from '../../../src/agent/commit-tables.ts';
import type { NftTable } from '../../../src/dataplane/nft/model.ts';
import { observedFrom } from '../../../src/dataplane/nft/observed.ts';
import { createFakeNft } from '../../support/fake-nft.ts';

const table = (family: NftTable['family'], rule = 'accept'): NftTable => ({
  family,
  name: 'sallyport',
  sets: [],
  maps: [],
  counters: [],
  chains: [{ name: 'judge', rules: [rule] }],
});
const all = [table('inet'), table('bridge')];
const names = [
  { family: 'inet', name: 'sallyport' },
  { family: 'bridge', name: 'sallyport' },
] as const;

describe('a kernel without nftables for bridges', () => {
  test('gets all other tables, and is not asked again', async () => {
    const nft = createFakeNft({ refused: ['bridge'] });
    const commits = createTableCommits(nft);
    expect(await commits.commit([], all)).toEqual({ changed: true, present: [all[0]] });
    expect(commits.hasBridge()).toBe(false);
    const present = (await nft.read(names)).map(({ family }) => family);
    expect(present).toEqual(['inet']);
    const before = nft.commits.length;
    const next = [table('inet', 'drop'), table('bridge')];
    await commits.commit([observedFrom(table('inet'))], next);
    expect(nft.commits).toHaveLength(before + 1);
    expect(nft.commits.at(-1)).not.toContain('bridge');
  });
});

describe('a kernel that has them', () => {
  test('gets all tables in one transaction', async () => {
    const nft = createFakeNft();
    const commits = createTableCommits(nft);
    await commits.commit([], all);
    expect([commits.hasBridge(), nft.commits.length]).toEqual([true, 1]);
  });

  test('has them, too, when something else was refused once', async () => {
    const nft = createFakeNft();
    const commits = createTableCommits(nft);
    nft.failNext('other');
    expect((await commits.commit([], all)).present).toEqual(all);
    expect(commits.hasBridge()).toBe(true);
  });

  test('a failure that is no refusal is told', async () => {
    const nft = createFakeNft();
    const commits = createTableCommits(nft);
    nft.failNext('conflict');
    await expect(commits.commit([], all)).rejects.toThrow('conflict');
    nft.failNext('unsupported');
    await expect(commits.commit(all.map(observedFrom), [table('inet', 'drop'), table('bridge')])).rejects.toThrow(
      'unsupported',
    );
    expect([nft.commits.length, commits.hasBridge()]).toEqual([0, true]);
  });
});

describe('rules that are exchanged', () => {
  const leads = (to: string): NftTable => ({
    ...table('inet'),
    maps: [{ name: 'pods', key: ['ipv4_addr'], flags: [], value: 'verdict', elements: [['10.0.0.1', `goto ${to}`]] }],
    chains: [{ name: to, rules: ['accept'] }],
  });

  test('are made, met and deleted by a transaction each', async () => {
    const nft = createFakeNft();
    const commits = createTableCommits(nft);
    await commits.commit([], [leads('a')]);
    await commits.commit([observedFrom(leads('a'))], [leads('b')]);
    expect(nft.commits).toHaveLength(4);
    expect(await nft.read(names)).toEqual([observedFrom(leads('b'))]);
  });

  test('a later transaction that is refused is told, and nothing is tried instead', async () => {
    const nft = createFakeNft();
    const commits = createTableCommits(nft);
    await commits.commit([], [leads('a')]);
    const commit = nft.commit.bind(nft);
    let asked = 0;
    const second = createTableCommits({
      commit: async (transaction) => {
        asked += 1;
        if (asked === 2) nft.failNext('unsupported');
        await commit(transaction);
      },
    });
    const next = [leads('b'), table('bridge')];
    await expect(second.commit([observedFrom(leads('a'))], next)).rejects.toThrow('unsupported');
    expect([asked, second.hasBridge()]).toEqual([2, true]);
    await second.commit(await nft.read(names), next);
    expect(await nft.read(names)).toEqual(next.map(observedFrom));
  });
});
