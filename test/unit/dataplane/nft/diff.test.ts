import { describe, expect, it } from 'vitest';
import { diffTables, stageTables } from '../../../../src/dataplane/nft/diff.ts';
import { ruleDigest } from '../../../../src/dataplane/nft/digest.ts';
import type { NftMap, NftTable } from '../../../../src/dataplane/nft/model.ts';
import { observedFrom } from '../../../../src/dataplane/nft/observed.ts';
import { foreignTable } from '../../../../src/dataplane/nft/parse.ts';

const pods: NftMap = {
  name: 'pods',
  key: ['ipv4_addr'],
  flags: [],
  value: 'verdict',
  elements: [
    ['10.0.0.1', 'goto p1'],
    ['10.0.0.2', 'goto p1'],
  ],
};
const base: NftTable = {
  family: 'inet',
  name: 'sallyport',
  counters: ['refused'],
  sets: [],
  maps: [pods],
  chains: [
    {
      name: 'judge',
      base: { type: 'filter', hook: 'prerouting', priority: -95, policy: 'accept' },
      rules: ['ip saddr vmap @pods'],
    },
    { name: 'p1', rules: ['counter name "refused" drop'] },
  ],
};
const change = (desired: NftTable, observed: NftTable = base) => {
  const text = diffTables([observedFrom(observed)], [desired])?.text;
  return text
    ?.trimEnd()
    .split('\n')
    .map((line) => line.replaceAll('inet sallyport ', ''));
};

describe('diffTables', () => {
  it('writes nothing when nothing differs', () => {
    expect(diffTables([observedFrom(base)], [base])).toBeUndefined();
  });

  it('makes an absent table, chains before maps before elements before rules, and what packets meet last', () => {
    const text = diffTables([], [{ ...base, maps: [{ ...pods, elements: [['10.0.0.1', 'goto p1']] }] }])?.text;
    expect(text).toBe(
      [
        'add table inet sallyport',
        'add counter inet sallyport refused',
        'add chain inet sallyport p1',
        'add map inet sallyport pods { type ipv4_addr : verdict; }',
        'add element inet sallyport pods { 10.0.0.1 : goto p1 }',
        `add rule inet sallyport p1 counter name "refused" drop comment "${ruleDigest('counter name "refused" drop')}"`,
        'add chain inet sallyport judge { type filter hook prerouting priority -95; policy accept; }',
        `add rule inet sallyport judge ip saddr vmap @pods comment "${ruleDigest('ip saddr vmap @pods')}"`,
        '',
      ].join('\n'),
    );
  });

  it('touches only the element that changed', () => {
    const elements = [
      ['10.0.0.1', 'drop'],
      ['10.0.0.2', 'goto p1'],
    ] as const;
    expect(change({ ...base, maps: [{ ...pods, elements }] })).toEqual([
      'delete element pods { 10.0.0.1 }',
      'add element pods { 10.0.0.1 : drop }',
    ]);
  });

  it('touches only the chain that changed', () => {
    const chains = base.chains.map((chain) => (chain.name === 'p1' ? { ...chain, rules: ['drop'] } : chain));
    expect(change({ ...base, chains })).toEqual(['flush chain p1', `add rule p1 drop comment "${ruleDigest('drop')}"`]);
  });

  it('deletes what leads to a chain before the chain', () => {
    const [judge] = base.chains;
    expect(change({ ...base, maps: [{ ...pods, elements: [] }], chains: judge === undefined ? [] : [judge] })).toEqual([
      'delete element pods { 10.0.0.1, 10.0.0.2 }',
      'flush chain p1',
      'delete chain p1',
    ]);
  });

  it('makes a map of another type anew, and writes again the rules that use it', () => {
    const lines = change({ ...base, maps: [{ ...pods, flags: ['interval'] }] });
    expect(lines?.slice(0, 3)).toEqual([
      'flush chain judge',
      'delete map pods',
      'add map pods { type ipv4_addr : verdict; flags interval; }',
    ]);
    expect(lines?.at(-1)).toContain('add rule judge ip saddr vmap @pods');
  });

  it('makes a base chain anew when its hook changes', () => {
    const [judge, p1] = base.chains;
    if (judge?.base === undefined || p1 === undefined) throw new Error('the sample changed');
    const lines = change({ ...base, chains: [{ ...judge, base: { ...judge.base, priority: -90 } }, p1] });
    expect(lines?.slice(0, 3)).toEqual([
      'flush chain judge',
      'delete chain judge',
      'add chain judge { type filter hook prerouting priority -90; policy accept; }',
    ]);
  });

  it('leaves the elements of dynamic sets to the packets', () => {
    const held = {
      name: 'held',
      key: ['ipv4_addr'],
      flags: ['dynamic', 'timeout'],
      timeout: 60,
      elements: [],
    } as const;
    const table = { ...base, sets: [held] };
    const observed = observedFrom(table);
    const filled = { ...observed, sets: observed.sets.map((set) => ({ ...set, size: 65535, elements: ['10.0.0.1'] })) };
    expect(diffTables([filled], [table])).toBeUndefined();
  });

  it('makes a set of another size anew, but never one that others fill', () => {
    const bound = { name: 'bound', key: ['ipv4_addr'], flags: [], elements: [] } as const;
    const sized = { ...bound, size: 1024 };
    expect(change({ ...base, sets: [sized] }, { ...base, sets: [bound] })).toEqual([
      'delete set bound',
      'add set bound { type ipv4_addr; size 1024; }',
    ]);
    const filled = [{ ...sized, filled: 'elsewhere', elements: ['10.0.0.1'] } as const];
    expect(change({ ...base, sets: filled }, { ...base, sets: [bound] })).toBeUndefined();
    expect(change({ ...base, sets: filled })).toEqual(['add set bound { type ipv4_addr; size 1024; }']);
    expect(observedFrom({ ...base, sets: filled }).sets).toEqual([sized]);
  });

  it('replaces a foreign table as a whole and deletes one that is not wanted', () => {
    expect(diffTables([foreignTable(base, 'why')], [base])?.text).toMatch(
      /^add table inet sallyport\ndelete table inet sallyport\nadd table inet sallyport\n/,
    );
    expect(diffTables([observedFrom(base)], [])?.text).toBe('delete table inet sallyport\n');
  });

  it('says what it does without listing elements', () => {
    const elements = Array.from({ length: 1000 }, (_, i) => [`10.1.${i >> 8}.${i & 255}`, 'drop'] as const);
    expect(diffTables([observedFrom(base)], [{ ...base, maps: [{ ...pods, elements }] }])?.summary).toEqual([
      'change inet sallyport pods: +1000 -2',
    ]);
  });
});

describe('stageTables', () => {
  const stages = (desired: NftTable, observed: readonly NftTable[] = [base]) =>
    stageTables(observed.map(observedFrom), [desired]).map(({ text }) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.replaceAll('inet sallyport ', '').replace(/ comment "[^"]*"$/, '')),
    );
  const ports = {
    name: 'ports',
    key: ['inet_service'],
    flags: [],
    value: 'verdict',
    elements: [['80', 'drop']],
  } as const;
  const p2 = { name: 'p2', rules: ['tcp dport vmap @ports'] };
  const [judge, p1] = base.chains;
  if (judge === undefined || p1 === undefined) throw new Error('the sample changed');

  it('makes what is new before packets are led to it, and deletes what is old after', () => {
    const maps = [{ ...pods, elements: pods.elements.map(([key]) => [key, 'goto p2'] as const) }, ports];
    expect(stages({ ...base, counters: ['other'], maps, chains: [judge, p2] })).toEqual([
      [
        'add counter other',
        'add chain p2',
        'add map ports { type inet_service : verdict; }',
        'add element ports { 80 : drop }',
        'add rule p2 tcp dport vmap @ports',
      ],
      ['delete element pods { 10.0.0.1, 10.0.0.2 }', 'add element pods { 10.0.0.1 : goto p2, 10.0.0.2 : goto p2 }'],
      ['flush chain p1', 'delete chain p1', 'delete counter refused'],
    ]);
  });

  it('changes what hooks at once with the elements', () => {
    const late = { ...judge, name: 'late' };
    expect(stages({ ...base, maps: [{ ...pods, elements: [] }], chains: [late, p1] })).toEqual([
      [
        'flush chain judge',
        'delete chain judge',
        'delete element pods { 10.0.0.1, 10.0.0.2 }',
        'add chain late { type filter hook prerouting priority -95; policy accept; }',
        'add rule late ip saddr vmap @pods',
      ],
    ]);
  });

  it('is one transaction where nothing goes, where nothing comes, and for a table that is new', () => {
    const elements = [...pods.elements, ['10.0.0.3', 'goto p2']] as const;
    expect(stages({ ...base, maps: [{ ...pods, elements }, ports], chains: [judge, p1, p2] })).toHaveLength(1);
    expect(stages({ ...base, maps: [{ ...pods, elements: [] }] })).toHaveLength(1);
    expect(stages(base, [])).toHaveLength(1);
    expect(stages(base)).toEqual([]);
  });

  it('is one transaction where something is made anew under its old name', () => {
    expect(stages({ ...base, maps: [{ ...pods, flags: ['interval'] }, ports], chains: [judge, p2] })).toHaveLength(1);
  });
});
