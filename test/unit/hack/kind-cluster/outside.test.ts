import { describe, expect, it } from 'vitest';
import { leaksOf } from '../../../../hack/kind-cluster/essentials.ts';
import { parseSeen } from '../../../../hack/kind-cluster/outside.ts';

describe('parseSeen', () => {
  it('reads packets by source from what nft prints', () => {
    const elem = (val: string, packets: number) => ({ elem: { val, counter: { packets, bytes: 1 } } });
    const listing = {
      nftables: [
        { metainfo: {} },
        { set: { name: 'sources', elem: [elem('192.0.2.1', 3), elem('192.0.2.2', 4)] } },
        { set: { name: 'sources6', elem: [elem('2001:db8::1', 5)] } },
      ],
    };
    expect([...parseSeen(JSON.stringify(listing))]).toEqual([
      ['192.0.2.1', 3],
      ['192.0.2.2', 4],
      ['2001:db8::1', 5],
    ]);
    expect([...parseSeen(JSON.stringify({ nftables: [{ set: { name: 'sources' } }] }))]).toEqual([]);
  });
});

describe('leaksOf', () => {
  it('names every other source', () => {
    expect(
      leaksOf(
        new Map([
          ['192.0.2.1', 3],
          ['192.0.2.2', 4],
        ]),
        ['192.0.2.1'],
      ),
    ).toBe('192.0.2.2: 4');
    expect(leaksOf(new Map([['192.0.2.1', 3]]), ['192.0.2.1', '2001:db8::1'])).toBe('');
  });
});
