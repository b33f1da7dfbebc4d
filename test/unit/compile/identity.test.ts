import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EgressPlacement, PlacementIdentity } from '../../../src/api/kinds.ts';
import { addressOf, verdictOf } from '../../../src/compile/identity.ts';
import { meta } from '../../support/objects.ts';

const placement = (identities: readonly PlacementIdentity[]): EgressPlacement => ({
  metadata: meta('uid-a'),
  spec: {
    gateway: { namespace: 'platform', name: 'a' },
    egressClass: 'egress',
    group: 1,
    tunnelAddress: '198.19.255.241',
    identities,
    network: { name: 'default' },
    failover: { advertMilliseconds: 100, preempt: false, virtualRouterId: 1 },
    candidates: [],
  },
});

const identities = fc.uniqueArray(
  fc.record(
    { id: fc.integer({ min: 513, max: 540 }), ipv4: fc.constant('192.0.2.1'), ipv6: fc.constant('2001:db8::1') },
    {
      requiredKeys: ['id'],
    },
  ),
  { maxLength: 6, selector: ({ id }) => id },
);
const family = fc.constantFrom(4 as const, 6 as const);

describe('verdictOf', () => {
  test('is an identity that has an address of the family, or drop where none has', () => {
    fc.assert(
      fc.property(identities, fc.uuid(), family, (list, pod, of) => {
        const usable = list.filter((identity) => addressOf(identity, of) !== undefined).map(({ id }) => id);
        const verdict = verdictOf(placement(list), pod, of);
        if (usable.length === 0) expect(verdict).toEqual({ kind: 'drop' });
        else expect(verdict.kind === 'identity' && usable.includes(verdict.id)).toBe(true);
        expect(verdictOf(undefined, pod, of)).toEqual({ kind: 'drop' });
      }),
    );
  });

  test('a Pod keeps its address in whatever order they come, and while it is there moves only to a new one', () => {
    fc.assert(
      fc.property(identities, identities, fc.uuid(), family, (before, more, pod, of) => {
        const ids = new Set(before.map(({ id }) => id));
        const added = more.filter(({ id }) => !ids.has(id));
        const first = verdictOf(placement(before), pod, of);
        expect(verdictOf(placement(before.toReversed()), pod, of)).toEqual(first);
        const then = verdictOf(placement([...added, ...before]), pod, of);
        if (first.kind === 'drop' || then.kind === 'drop') return;
        if (then.id !== first.id) expect(added.map(({ id }) => id)).toContain(then.id);
        // Taking an address away moves only the Pods that had it.
        const without = before.filter(({ id }) => id !== then.id);
        if (then.id !== first.id) expect(verdictOf(placement(without), pod, of)).toEqual(first);
      }),
    );
  });

  test('spreads Pods over the addresses', () => {
    const four = [513, 514, 515, 516].map((id) => ({ id, ipv4: `192.0.2.${id - 500}` }));
    const counts = new Map<number, number>();
    for (let index = 0; index < 1000; index++) {
      const verdict = verdictOf(placement(four), `pod-${index}`, 4);
      if (verdict.kind === 'identity') counts.set(verdict.id, (counts.get(verdict.id) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(count).toBeGreaterThan(190);
    expect(counts.size).toBe(4);
  });
});
