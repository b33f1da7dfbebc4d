import { describe, expect, test } from 'vitest';
import { clusterRanges } from '../../../src/compile/cluster-ranges.ts';
import { judgePools, poolStatus, poolsFor } from '../../../src/compile/judge-pools.ts';
import { newScribe } from '../../../src/compile/scribe.ts';
import { formatRange, parseRange } from '../../../src/net/range.ts';
import { cluster, meta, node, now, pool, snapshot } from '../../support/objects.ts';

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

describe('clusterRanges', () => {
  const always = [
    '127.0.0.0/8',
    '169.254.0.0/16',
    '224.0.0.0/4',
    '255.255.255.255/32',
    '::1/128',
    'fe80::/10',
    'ff00::/8',
  ];
  const nodes = [
    { ...node('node-1', '192.0.2.11'), spec: { podCIDRs: ['10.244.0.0/24', '10.244.1.0/24', 'fd00::/64'] } },
  ];
  const serviceCidrs = [{ metadata: meta('kubernetes'), spec: { cidrs: ['10.96.0.0/16'] } }];
  const rangesOf = (spec: Parameters<typeof cluster>[0]) => {
    return clusterRanges(snapshot({ nodes, serviceCidrs, cluster: cluster(spec) })).ranges.filter(
      (text) => !always.includes(text),
    );
  };

  test('node addresses, Pod and Service ranges, extra: merged and sorted', () => {
    expect(rangesOf({ clusterRanges: { extra: ['10.96.0.0/12', 'nonsense'] } })).toEqual([
      '10.96.0.0/12',
      '10.244.0.0/23',
      '192.0.2.11/32',
      'fd00::/64',
    ]);
  });

  test('nothing but extra without detection', () => {
    expect(rangesOf({ clusterRanges: { detect: false, extra: ['10.0.0.0/8'] } })).toEqual(['10.0.0.0/8']);
  });

  test('loopback, link-local and multicast always', () => {
    expect(clusterRanges(snapshot({ nodes: [] })).ranges).toEqual(always);
  });
});
