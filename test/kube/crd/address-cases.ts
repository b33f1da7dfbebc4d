import { atMost, type CrdCase, type CrdCases, cidr, ip, notEmpty, required, selector, within } from './case.ts';

const uid = '0d7e6b1c-0000-4000-8000-000000000001';
const holder = { uid, namespace: 'shop', name: 'partners' };
const rangeForm = 'a range must be two addresses of one family joined by -';
const rangeOrder = 'the first address of a range must not be behind the last';
const isNoRange = 'must be an address, a CIDR, or a range';

const ranges = (at: string): readonly CrdCase[] => [
  ...['192.0.2.256', '192.0.2.0/33', 'example.com', '192.0.2.1,192.0.2.2'].map((text) => ({
    at,
    passes: ['192.0.2.1'],
    fails: [text],
    message: isNoRange,
  })),
  ...cidr(at, (text) => [text]).filter(({ message }) => message.startsWith('has address bits')),
  { at, passes: ['192.0.2.1-192.0.2.9'], fails: ['192.0.2.1-'], message: rangeForm },
  { at, passes: ['2001:db8::1-2001:db8::9'], fails: ['192.0.2.1-2001:db8::9'], message: rangeForm },
  { at, passes: ['192.0.2.1-192.0.2.1'], fails: ['192.0.2.1-192.0.2.2-192.0.2.3'], message: rangeForm },
  { at, passes: ['192.0.2.1-192.0.2.9'], fails: ['192.0.2.1 - 192.0.2.9'], message: rangeForm },
  { at, passes: ['9.255.255.255-10.0.0.0'], fails: ['10.0.0.0-9.255.255.255'], message: rangeOrder },
  { at, passes: ['192.0.2.9-192.0.2.10'], fails: ['192.0.2.10-192.0.2.9'], message: rangeOrder },
  { at, passes: ['192.0.2.1'], fails: ['192.0.2.1', '192.0.2.1'], message: 'Duplicate value' },
  atMost(at, 64, (i) => `192.0.2.${i}`),
];

const pool: CrdCases = {
  kind: 'EgressAddressPool',
  plural: 'egressaddresspools',
  base: { metadata: { name: 'base' }, spec: { addresses: ['192.0.2.100-192.0.2.149', '2001:db8::100/120'] } },
  cases: [
    ...ranges('spec.addresses'),
    ...ranges('spec.avoid'),
    notEmpty('spec.addresses', '192.0.2.1'),
    required('spec.addresses', ['192.0.2.1']),
    required('spec', { addresses: ['192.0.2.1'] }),
    { at: 'spec.network', passes: 'partner', fails: '', message: 'should be at least 1 chars long' },
    ...selector('spec.namespaceSelector'),
    ...['total', 'used', 'free'].flatMap((field) =>
      within(`status.${field}`, 0, Number.MAX_SAFE_INTEGER)
        .slice(0, 1)
        .map((row): CrdCase => ({ ...row, by: 'status' })),
    ),
    {
      at: 'status.total',
      passes: 2 ** 53 - 1,
      fails: 2 ** 53,
      message: 'should be less than or equal to',
      by: 'status',
    },
  ],
};

const claim: CrdCases = {
  kind: 'EgressAddressClaim',
  plural: 'egressaddressclaims',
  base: claimOf('192.0.2.10', '192.0.2.10'),
  cases: [
    ...ip('spec.address').map((row) => ({ ...row, passes: '192.0.2.10' })),
    {
      at: '',
      passes: claimOf('192.0.2.10', '192.0.2.10'),
      fails: claimOf('192.0.2.11', '192.0.2.10'),
      message: 'must be named as the address',
    },
    ...[
      '2001-db8--10',
      '2001-0db8-0000-0000-0000-0000-0000-0011',
      '2001:db8::10',
      '2001-0DB8-0000-0000-0000-0000-0000-0010',
    ]
      .slice(0, 2)
      .map((name) => ({
        at: '',
        passes: claimOf('2001-0db8-0000-0000-0000-0000-0000-0010', '2001:db8::10'),
        fails: claimOf(name, '2001:db8::10'),
        message: 'must be named by its eight groups',
      })),
    {
      at: '',
      passes: claimOf('2001-0db8-0000-0000-0000-0000-0000-0010', '2001:db8::10'),
      fails: claimOf('2001-0db8-0000-0000-0000-0000-0000-0010', '2001:DB8::10'),
      message: 'must be in canonical form',
    },
    { at: 'spec.address', passes: '192.0.2.10', fails: '192.0.2.11', message: 'address is immutable', by: 'update' },
    { at: 'spec.holder', passes: { ...holder, uid: 'b' }, fails: null, message: 'Required value', by: 'update' },
    { at: 'spec.since', passes: '2026-01-01T00:00:00.000Z', fails: 'yesterday', message: 'must be of type date-time' },
    {
      at: 'spec.quarantinedUntil',
      passes: '2026-01-01T00:10:00Z',
      fails: '10 min',
      message: 'must be of type date-time',
    },
  ],
};

/** Pools and claims. */
export const addressCases: readonly CrdCases[] = [pool, claim];

function claimOf(name: string, address: string) {
  return { metadata: { name }, spec: { address, holder, since: '2026-01-01T00:00:00Z' } };
}
