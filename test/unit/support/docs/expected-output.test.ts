import { describe, expect, it } from 'vitest';
import { type Bindings, bindLiterally, matchOutput, substitute } from '../../../support/docs/expected-output.ts';

const none: Bindings = new Map();
const match = (shown: string, printed: string, bindings = none) =>
  matchOutput(shown.split('\n'), printed.split('\n'), bindings);

describe('what may differ', () => {
  it.each([
    ['NAME   AGE\nshop   4s', 'NAME         AGE\nshop         2m13s   '],
    ['since 2026-11-22T10:59:24Z', 'since 2027-01-02T03:04:05.123456Z'],
    ['pod/payments-7d9f8c6b5-x2x4z created', 'pod/payments-5f6c7b8d9f-bcdfg created'],
    ['a\n…\nz', 'a\nb\nc\nz'],
    ['a\n…\nz', 'a\nz'],
    ['waiting for …, then', 'waiting for 3 of 4 (node-1), then'],
  ])('%j is %j', (shown, printed) => {
    expect(match(shown, printed)).toEqual(none);
  });
});

describe('what may not', () => {
  it.each([
    ['True', 'False'],
    ['a', 'a\nb'],
    ['a\nb', 'a'],
    ['', 'a'],
    ['payments-0', 'payments-1'],
    ['a.c', 'abc'],
    ['3 nodes', '4 nodes'],
  ])('%j is not %j', (shown, printed) => {
    expect(match(shown, printed)).toBeUndefined();
  });
});

describe('names', () => {
  it('stand for those of the lab, one for one', () => {
    const first = match('192.0.2.100 2001:db8:2::100 node-1: owner', '192.0.2.104 2001:db8:2::104 node-3: owner');
    expect(Object.fromEntries(first ?? none)).toEqual({
      '192.0.2.100': '192.0.2.104',
      '2001:db8:2::100': '2001:db8:2::104',
      'node-1': 'node-3',
    });
    expect(match('192.0.2.100', '192.0.2.104', first)).toEqual(first);
    expect(match('192.0.2.100', '192.0.2.100', first)).toBeUndefined();
    // Another one of the page is another one of the lab.
    expect(match('192.0.2.11', '192.0.2.104', first)).toBeUndefined();
    expect(match('192.0.2.11', '192.0.2.13', first)?.get('192.0.2.11')).toBe('192.0.2.13');
  });

  it.each([
    ['192.0.2.100', '192.0.2.11'],
    ['192.0.2.11', '192.0.2.100'],
    ['172.30.0.100', '192.0.2.100'],
    ['2001:db8:2::100', '2001:db8:2::11'],
    ['192.0.2.100', '2001:db8:2::100'],
  ])('%s does not stand for %s, which is another kind of address', (shown, printed) => {
    expect(match(shown, printed)).toBeUndefined();
  });

  it('are the same within a line, too', () => {
    expect(match('node-1 to node-1', 'node-2 to node-3')).toBeUndefined();
    expect(match('node-1 to node-2', 'node-3 to node-3')).toBeUndefined();
    expect(match('node-1,node-2', 'node-2,node-1')?.get('node-2')).toBe('node-1');
  });

  it('of a command are replaced by those that are meant, or meant as they are', () => {
    const bound = new Map([['node-1', 'node-3']]);
    expect(substitute('sallyport drain node-1 --timeout 30', bound)).toBe('sallyport drain node-3 --timeout 30');
    expect(substitute('node-10 node-2', bound)).toBe('node-10 node-2');
    expect(bindLiterally('drain node-1 to 192.0.2.1', bound)).toEqual(
      new Map([
        ['node-1', 'node-3'],
        ['192.0.2.1', '192.0.2.1'],
      ]),
    );
  });

  it('are no ranges and prefixes of them', () => {
    expect(match('[192.0.2.100-192.0.2.149]', '[192.0.2.100-192.0.2.148]')).toBeUndefined();
    expect(match('2001:db8:51::/64', '2001:db8:52::/64')).toBeUndefined();
  });
});
