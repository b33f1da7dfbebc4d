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
