import { atMost, type CrdCase, cidr, type Json, notEmpty } from './case.ts';

const insideCidr = 'every except must lie inside cidr';
const hostPattern = 'should match';

/** Rows about one entry of a match's destinations, at `destination`. */
export const destinationCases = (destination: string): readonly CrdCase[] => [
  ...cidr(destination, (text) => ({ cidr: text })),
  ...cidr(`${destination}.except`, (text) => [text]).map((row) => ({ ...row, passes: ['203.0.113.128/25'] })),
  {
    at: destination,
    passes: { hostname: 'example.com' },
    fails: {},
    message: 'exactly one of cidr and hostname must be set',
  },
  {
    at: destination,
    passes: { cidr: '0.0.0.0/0' },
    fails: { cidr: '0.0.0.0/0', hostname: 'a.b' },
    message: 'exactly one of cidr and hostname must be set',
  },
  {
    at: destination,
    passes: { hostname: 'a.b' },
    fails: { hostname: 'a.b', except: ['192.0.2.0/24'] },
    message: 'except needs cidr',
  },
  { at: destination, passes: inside('203.0.113.128/25'), fails: inside('203.0.114.0/25'), message: insideCidr },
  { at: destination, passes: inside('203.0.113.0/24'), fails: inside('203.0.112.0/23'), message: insideCidr },
  { at: destination, passes: inside('203.0.113.255/32'), fails: inside('2001:db8::/128'), message: insideCidr },
  {
    at: destination,
    passes: { cidr: '::/0', except: ['2001:db8::/32'] },
    fails: { cidr: '::/0', except: ['0.0.0.0/0'] },
    message: insideCidr,
  },
  atMost(`${destination}.except`, 8, (i) => `203.0.113.${i}/32`),
  notEmpty(`${destination}.except`, '203.0.113.0/32'),
  { at: destination, passes: { hostname: '*.stripe.com' }, fails: { hostname: 'a.*.com' }, message: hostPattern },
  { at: destination, passes: { hostname: 'x' }, fails: { hostname: '*' }, message: hostPattern },
  {
    at: destination,
    passes: { hostname: `${'a'.repeat(63)}.com` },
    fails: { hostname: `${'a'.repeat(64)}.com` },
    message: hostPattern,
  },
  {
    at: destination,
    passes: { hostname: 'xn--bcher-kva.example' },
    fails: { hostname: 'Example.com' },
    message: hostPattern,
  },
  { at: destination, passes: { hostname: 'example.com' }, fails: { hostname: 'example.com.' }, message: hostPattern },
  {
    at: destination,
    passes: { hostname: '192.0.2.example' },
    fails: { hostname: '192.0.2.1' },
    message: 'must be a name, not an address',
  },
];

function inside(except: string): Json {
  return { cidr: '203.0.113.0/24', except: [except] };
}
