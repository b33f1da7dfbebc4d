import { describe, expect, it } from 'vitest';
import { managedNeighbours, ourTables } from '../../../src/clean/leftovers.ts';

describe('ourTables', () => {
  it('takes tables of our name in any family, and no others', () => {
    const table = (family: string, name: string) => ({ table: { family, name, handle: 1 } });
    const tables = [
      ...[table('inet', 'sallyport'), table('bridge', 'sallyport'), table('netdev', 'sallyport-ask')],
      ...[table('ip', 'nat'), table('inet', 'sallyports'), table('inet', 'not-sallyport')],
    ];
    expect(ourTables(JSON.stringify({ nftables: [{ metainfo: {} }, ...tables] }))).toEqual([
      'inet sallyport',
      'bridge sallyport',
      'netdev sallyport-ask',
    ]);
  });

  it('refuses what is no JSON', () => {
    expect(() => ourTables('table inet sallyport')).toThrow(SyntaxError);
  });
});

describe('managedNeighbours', () => {
  it('takes those that the kernel is told to keep', () => {
    const text = [
      '192.0.2.1 dev eth0 lladdr 02:00:00:00:00:01 managed REACHABLE',
      'fe80::1 dev eth0 lladdr 02:00:00:00:00:01 router managed STALE',
      '192.0.2.12 dev eth0 lladdr 02:00:00:00:00:02 STALE',
      '192.0.2.13 dev managed lladdr 02:00:00:00:00:02 STALE',
      '',
    ].join('\n');
    expect(managedNeighbours(text)).toEqual(['192.0.2.1 eth0', 'fe80::1 eth0']);
  });
});
