import { describe, expect, test } from 'vitest';
import { sightOf } from '../../../src/trace/sight.ts';
import { journeysIn } from '../../support/trace/captured.ts';

const see = (name: string, at = 0, hop?: 'pod' | 'gateway') => {
  const journey = journeysIn(name, hop)[at];
  if (journey === undefined) throw new Error(name);
  return sightOf(journey);
};

describe('what became of it', () => {
  test('into the tunnel, with the transit address; also where NAT chains are passed no more', () => {
    for (const at of [0, 1])
      expect(see('far', at)).toMatchObject({
        ...{ device: 'cni0', identity: 513, mark: 513 },
        ending: { kind: 'left', device: 'egress0', source: '198.18.32.1', destination: '198.51.100.10' },
      });
  });

  test('out with the Gateway’s address', () => {
    for (const at of [0, 1])
      expect(see('owner', at)).toMatchObject({
        ...{ device: 'egress0', identity: 513 },
        ending: { kind: 'left', device: 'eth0', source: '192.0.2.100' },
      });
    expect(see('near-ipv6', 0, 'gateway')).toMatchObject({ ending: { kind: 'left', source: '2001:db8:2::100' } });
    expect(see('near-ping', 0, 'gateway')).toMatchObject({ ending: { kind: 'left', source: '192.0.2.100' } });
  });

  test('out with the node’s, for no Gateway took it', () => {
    const { identity, ending } = see('alone');
    expect(identity).toBeUndefined();
    expect(ending).toMatchObject({ kind: 'left', device: 'eth0', source: '192.0.2.11' });
  });

  test('dropped, by a rule and its counter', () => {
    expect(see('refused').ending).toMatchObject({
      ...{ kind: 'dropped', counter: 'refused' },
      by: { table: 'inet sallyport', chain: 'refuse', rule: 'counter name "refused" drop' },
    });
    expect(see('held').ending).toMatchObject({ kind: 'dropped', counter: 'held', by: { chain: 'judge' } });
  });
});

const alone = journeysIn('alone')[0];

test('dropped by a policy of somebody else', () => {
  if (alone === undefined) throw new Error('alone');
  const table = 'inet firewall';
  const policy = { kind: 'policy', id: '1', table, chain: 'forward', verdict: 'drop' } as const;
  const { ending } = sightOf({
    ...alone,
    runs: [...alone.runs, { table, chain: 'forward', header: alone.first, steps: [policy] }],
  });
  expect(ending).toEqual({ kind: 'dropped', by: { table, chain: 'forward', rule: 'policy drop', verdict: 'drop' } });
});

test('lost, after the last hook that saw it; arrived, where it met our input', () => {
  if (alone === undefined) throw new Error('alone');
  const before = alone.runs.slice(0, 4);
  expect(sightOf({ ...alone, runs: before }).ending).toEqual({
    ...{ kind: 'lost', after: { table: 'inet sallyport', chain: 'judge' } },
  });
  const input = { table: 'inet sallyport', chain: 'input', header: alone.first, steps: [] };
  expect(sightOf({ ...alone, runs: [...before, input] }).ending).toEqual({ kind: 'arrived' });
});

test('our own table is none of what it met', () => {
  expect(see('far').rules.filter(({ table }) => table.includes('trace'))).toEqual([]);
  expect(see('far').rules).toHaveLength(11);
});
