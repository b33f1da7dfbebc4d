import { describe, expect, test } from 'vitest';
import { judgePools, poolStatus, poolsFor } from '../../../src/compile/judge-pools.ts';
import { newScribe } from '../../../src/compile/scribe.ts';
import { formatRange, parseRange } from '../../../src/net/range.ts';
import { now, pool } from '../../support/objects.ts';

const range = (text: string) => {
  const parsed = parseRange(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};

const usable: readonly [
  name: string,
  spec: Parameters<typeof pool>,
  inside: string[],
  expected: string,
  reason: string,
][] = [
  ['a range', ['p', ['192.0.2.1-192.0.2.4']], [], '192.0.2.1-192.0.2.4', 'Accepted'],
  ['a CIDR without network and broadcast address', ['p', ['192.0.2.0/29']], [], '192.0.2.1-192.0.2.6', 'Accepted'],
  [
    'both of a /31, all of an IPv6 CIDR',
    ['p', ['192.0.2.0/31', '2001:db8::/126']],
    [],
    '192.0.2.0/31 2001:db8::/126',
    'Accepted',
  ],
  [
    'a CIDR inside a range: its ends are left out only where nothing else lists them',
    ['p', ['192.0.2.0/30', '192.0.2.0']],
    [],
    '192.0.2.0-192.0.2.2',
    'Accepted',
  ],
  ['avoided', ['p', ['192.0.2.1-192.0.2.4'], { avoid: ['192.0.2.2/31'] }], [], '192.0.2.1 192.0.2.4', 'Accepted'],
  [
    'cluster ranges',
    ['p', ['192.0.2.1-192.0.2.4']],
    ['192.0.2.3'],
    '192.0.2.1-192.0.2.2 192.0.2.4',
    'Accepted PartiallyInvalid',
  ],
  ['nothing left', ['p', ['192.0.2.1']], ['192.0.2.0/24'], '', 'AddressNotUsable'],
  ['malformed', ['p', ['192.0.2.4-192.0.2.1']], [], '', 'InvalidParameters'],
];

describe('judgePools', () => {
  test.each(usable)('%s', (_, spec, inside, expected, reason) => {
    const [judged] = judgePools([pool(...spec)], inside.map(range));
    if (judged === undefined) throw new Error('no pool');
    expect(judged.usable.map(formatRange).join(' ')).toBe(expected);
    const { conditions = [] } = poolStatus(judged, [], newScribe(now));
    const shown = conditions.map((condition) => (condition.type === 'Accepted' ? condition.reason : condition.type));
    expect(shown.join(' ')).toBe(reason);
  });

  const shown = (...list: Parameters<typeof pool>[]) => {
    return judgePools(
      list.map((spec, age) => {
        const one = pool(...spec);
        return { ...one, metadata: { ...one.metadata, creationTimestamp: `2026-01-0${age + 1}T00:00:00Z` } };
      }),
      [],
    ).map(({ pool: { metadata }, usable, findings }) => {
      return `${metadata.name}: ${usable.map(formatRange).join(' ')}${findings.map(({ code }) => ` ${code}`).join('')}`;
    });
  };

  test('of two that overlap the younger is refused, whatever the networks and names; who is refused refuses nobody', () => {
    expect(
      shown(
        ['z', ['192.0.2.0-192.0.2.9']],
        ['y', ['192.0.2.9-192.0.2.20'], { network: 'dmz' }],
        ['x', ['192.0.2.20-192.0.2.30']],
      ),
    ).toEqual(['x: 192.0.2.20-192.0.2.30 PoolAccepted', 'y:  PoolConflict', 'z: 192.0.2.0-192.0.2.9 PoolAccepted']);
  });

  test('what a pool avoids, or its network address, is not offered and so no overlap', () => {
    expect(
      shown(
        ['a', ['192.0.2.0/29'], { avoid: ['192.0.2.5'] }],
        ['b', ['192.0.2.0', '192.0.2.5', '192.0.2.7-192.0.2.9']],
        ['c', ['nonsense', '192.0.2.9']],
      ),
    ).toEqual([
      'a: 192.0.2.1-192.0.2.4 192.0.2.6 PoolAccepted',
      'b: 192.0.2.0 192.0.2.5 192.0.2.7-192.0.2.9 PoolAccepted',
      'c:  PoolInvalid',
    ]);
  });

  test('the message names ranges and the other pool', () => {
    const [, younger] = judgePools([pool('a', ['192.0.2.0-192.0.2.9']), pool('b', ['192.0.2.8-192.0.2.12'])], []);
    expect(younger?.findings[0]?.message).toBe(
      '192.0.2.8/31 belong to the older EgressAddressPool a; leave them out here, or add them to spec.avoid',
    );
  });

  test('the status tells who has what, ascending, at most 256', () => {
    const [judged] = judgePools([pool('p', ['192.0.2.0-192.0.3.255'])], []);
    if (judged === undefined) throw new Error('no pool');
    const claimed = Array.from({ length: 300 }, (_, index) => ({
      ip: { family: 4 as const, value: 0xc0_00_03_ffn - BigInt(index) },
      holder: { uid: `u${index}`, namespace: 'shop', name: `g${index}` },
      ...(index === 299 ? { quarantinedUntil: '2026-01-02T03:14:05Z' } : {}),
    }));
    const outside = { ip: { family: 4 as const, value: 1n }, holder: { uid: 'u', namespace: 'shop', name: 'other' } };
    const { used, usedBy = [] } = poolStatus(judged, [...claimed, outside], newScribe(now));
    expect(used).toBe(300);
    expect(usedBy).toHaveLength(256);
    expect(usedBy.slice(0, 2)).toEqual([
      { address: '192.0.2.212', namespace: 'shop', name: 'g299', quarantinedUntil: '2026-01-02T03:14:05Z' },
      { address: '192.0.2.213', namespace: 'shop', name: 'g298' },
    ]);
  });

  test('counts saturate at 2^53-1', () => {
    const [judged] = judgePools([pool('p', ['2001:db8::/64'])], []);
    if (judged === undefined) throw new Error('no pool');
    expect(poolStatus(judged, [], newScribe(now))).toMatchObject({ total: Number.MAX_SAFE_INTEGER, used: 0 });
  });

  test('a namespace takes from pools of its network that select it', () => {
    const pools = judgePools(
      [
        pool('d', ['x']),
        pool('c', ['192.0.2.3'], { network: 'dmz' }),
        pool('b', ['192.0.2.2'], { namespaceSelector: { matchLabels: { team: 'a' } } }),
        pool('a', ['192.0.2.1']),
      ],
      [],
    );
    const names = (network: string, labels?: Record<string, string>) =>
      poolsFor(pools, network, labels).map((p) => p.pool.metadata.name);
    expect(names('default', { team: 'a' })).toEqual(['a', 'b']);
    expect(names('default')).toEqual(['a']);
    expect(names('dmz')).toEqual(['c']);
  });
});
