import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexByLabel } from '../../../src/compile/label-index.ts';
import { matchesSelector } from '../../../src/compile/label-selector.ts';
import type { GatewayRule } from '../../../src/compile/select-rules.ts';

const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'constructor'), fc.constantFrom('a', 'b', ''), {
  maxKeys: 3,
});
const selector = fc.record(
  {
    matchLabels: labels,
    matchExpressions: fc.constantFrom([{ key: 'app', operator: 'Exists' as const }], []),
  },
  { requiredKeys: [] },
);
const rules = fc.array(fc.option(selector, { nil: undefined }), { maxLength: 12 }).map((selectors) =>
  selectors.map(
    (podSelector, rule): GatewayRule => ({
      route: { kind: 'EgressRoute', namespace: 'shop', name: 'r' },
      created: '2026-01-01T00:00:00Z',
      rule,
      match: 0,
      gatewayUid: 'gw',
      ...(podSelector === undefined ? {} : { podSelector }),
    }),
  ),
);

test('every rule that selects the Pod is found, in order, and no label that it asks for is missed', () => {
  fc.assert(
    fc.property(rules, fc.option(labels, { nil: undefined }), (list, own) => {
      const found = indexByLabel(list).candidates(own);
      const matching = list.filter(({ podSelector }) => matchesSelector(podSelector, own));
      expect(found.filter(({ podSelector }) => matchesSelector(podSelector, own))).toEqual(matching);
      expect(found.map(({ rule }) => rule)).toEqual(found.map(({ rule }) => rule).toSorted((a, b) => a - b));
    }),
    { numRuns: 500 },
  );
});

test('of ten thousand rules a Pod meets those of its own label alone', () => {
  const list = Array.from(
    { length: 10_000 },
    (_, rule): GatewayRule => ({
      route: { kind: 'EgressRoute', namespace: 'shop', name: 'r' },
      created: '2026-01-01T00:00:00Z',
      rule,
      match: 0,
      gatewayUid: 'gw',
      podSelector: { matchLabels: { team: 'payments', app: `app-${rule}` } },
    }),
  );
  const found = indexByLabel(list).candidates({ team: 'payments', app: 'app-77' });
  expect(found.map(({ rule }) => rule)).toEqual([77]);
});
