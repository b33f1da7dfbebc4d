import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffTables } from '../../../../src/dataplane/nft/diff.ts';
import { parseTable } from '../../../../src/dataplane/nft/parse.ts';
import { parseTerseTable } from '../../../../src/dataplane/nft/parse-terse.ts';

const name = { family: 'inet', name: 'sallyport' } as const;
const where = { family: 'inet', table: 'sallyport' };
const list = (...objects: object[]) => JSON.stringify({ nftables: [{ metainfo: {} }, { table: name }, ...objects] });
const parse = (...objects: object[]) => parseTable(name, { json: list(...objects), terse: '' });
const set = (fields: object) => ({ set: { ...where, name: 's', type: 'ipv4_addr', ...fields } });

describe('parseTable', () => {
  it('reads keys in every dress', () => {
    const elem = [
      '10.0.0.9',
      { prefix: { addr: '10.0.1.0', len: 24 } },
      { range: ['10.0.2.1', '10.0.2.5'] },
      { elem: { val: '10.0.0.1', timeout: 5, expires: 4, counter: { packets: 1, bytes: 2 } } },
    ];
    expect(parse(set({ flags: ['interval'], elem })).sets).toEqual([
      {
        name: 's',
        key: ['ipv4_addr'],
        flags: ['interval'],
        elements: ['10.0.0.1', '10.0.0.9', '10.0.1.0-10.0.1.255', '10.0.2.1-10.0.2.5'],
      },
    ]);
  });

  it.each([
    ['a flag alone', { flags: 'interval' }, ['interval']],
    ['dynamic, which old versions hide', { flags: ['dynamic', 'timeout'] }, ['timeout']],
  ])('reads %s', (_what, fields, flags) => {
    expect(parse(set(fields)).sets[0]).toMatchObject({ key: ['ipv4_addr'], flags });
  });

  it.each([
    ['an element of another type', { elem: ['::1'] }],
    ['an element that is no element', { elem: [null] }],
    ['an unknown flag', { flags: ['constant'] }],
    ['an unknown type', { type: 'mystery' }],
    ['merging by itself', { 'auto-merge': true }],
  ])('leaves a set with %s without a key, so that it is replaced', (_what, fields) => {
    const observed = parse(set(fields));
    expect(observed.sets).toMatchObject([{ name: 's', key: [] }]);
    const wanted = { name: 's', key: ['ipv4_addr'], flags: [], elements: [] } as const;
    const change = diffTables([observed], [{ ...name, counters: [], sets: [wanted], maps: [], chains: [] }]);
    expect(change?.text).toContain('delete set inet sallyport s\n');
  });

  it('knows rules by their digest, in order, and strangers by nothing', () => {
    const rule = (comment?: string) => ({ rule: { ...where, chain: 'c', handle: 1, comment, expr: [] } });
    const chain = { chain: { ...where, name: 'c', handle: 1 } };
    const observed = parse(chain, rule('sp:0000abcd'), rule(), rule('sp:nothing'), rule('sp:00000001'));
    expect(observed.chains).toEqual([{ name: 'c', digests: ['sp:0000abcd', '', '', 'sp:00000001'] }]);
  });

  it.each([
    ['no JSON', '{"nftables": ['],
    ['no list', '{"nftables": 7}'],
    ['something we never make', list({ flowtable: { ...where, name: 'f' } })],
    ['a name that is none', list({ chain: { ...where, name: 'c; flush ruleset' } })],
    ['a hook that is none', list({ chain: { ...where, name: 'c', hook: 'moon', type: 'filter', prio: 0 } })],
    ['a rule without chain', list({ rule: { ...where } })],
  ])('calls a table foreign for %s', (_what, json) => {
    expect(parseTable(name, { json, terse: '' }).foreign).toBeTypeOf('string');
  });

  it('never throws, whatever nft prints', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.constantFrom('set', 'map', 'chain', 'rule', 'counter', 'x'), fc.jsonValue())),
        (nftables) => {
          parseTable(name, { json: JSON.stringify({ nftables }), terse: '' });
        },
      ),
    );
  });
});

describe('parseTerseTable', () => {
  it('reads devices in each of their forms, and flags', () => {
    const text = [
      'table netdev sallyport { # handle 1',
      '\tflags dormant',
      '\tset s {',
      '\t\tflags interval',
      '\t}',
      '\tchain tx {',
      '\t\ttype filter hook egress devices = { egress0, "egl0" } priority filter; policy accept;',
      '\t}',
      '\tchain rx {',
      '\t\ttype filter hook ingress device "egl1" priority -500; policy drop;',
      '\t}',
      '}',
    ].join('\n');
    const devices = new Map([
      ['tx', ['egl0', 'egress0']],
      ['rx', ['egl1']],
    ]);
    expect(parseTerseTable(text)).toEqual({ devices, flags: ['dormant'] });
  });
});
