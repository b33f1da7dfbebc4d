import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EgressClass } from '../../../src/api/kinds.ts';
import { isIsolated } from '../../../src/compile/isolation.ts';
import { egressClass } from '../../support/objects.ts';

const gold = { metadata: { name: 'shop', labels: { tier: 'gold' } } };
const isolate = (spec: Omit<NonNullable<EgressClass['spec']>, 'isolation'>, matchLabels?: Record<string, string>) =>
  egressClass({ ...spec, isolation: { namespaceSelector: matchLabels === undefined ? {} : { matchLabels } } });

const cases: readonly [string, readonly EgressClass[], boolean][] = [
  ['without a class', [], false],
  ['by no class that says nothing of isolation', [egressClass({})], false],
  ['by a class whose selector matches', [isolate({}, { tier: 'gold' })], true],
  ['by no class whose selector does not', [isolate({}, { tier: 'silver' })], false],
  ['by one class of several', [egressClass({}), isolate({}, { tier: 'silver' }), isolate({}, { tier: 'gold' })], true],
  ['by the empty selector', [isolate({})], true],
  [
    'by no class that excludes it, whatever its selector',
    [isolate({ excludedNamespaces: ['shop'] }, { tier: 'gold' })],
    false,
  ],
  ['by a class, though another one excludes it', [isolate({ excludedNamespaces: ['shop'] }), isolate({})], true],
  // Its GatewayClass is not Accepted; who wrote it relies on the rest all the same.
  ['by a class with another field that is refused', [isolate({ gatewayNodes: { maxOwnersPerZone: 1 } })], true],
];

test.each(cases)('a namespace is isolated %s: %#', (_name, classes, expected) => {
  expect(isIsolated(classes, structuredClone(gold))).toBe(expected);
});

test('kube-system never is', () => {
  expect(isIsolated([isolate({}), isolate({ excludedNamespaces: [] })], { metadata: { name: 'kube-system' } })).toBe(
    false,
  );
});

test('is what any class alone would isolate', () => {
  const name = fc.constantFrom('a', 'b', 'kube-system');
  const tier = fc.constantFrom('gold', 'silver');
  const anyClass = fc
    .record({ excludedNamespaces: fc.array(name), matchLabels: fc.option(fc.record({ tier }), { nil: undefined }) })
    .map(({ excludedNamespaces, matchLabels }) => isolate({ excludedNamespaces }, matchLabels));
  fc.assert(
    fc.property(fc.array(anyClass, { maxLength: 4 }), name, tier, (classes, ofNamespace, ofTier) => {
      const namespace = () => ({ metadata: { name: ofNamespace, labels: { tier: ofTier } } });
      const alone = classes.some((one) => isIsolated([one], namespace()));
      expect(isIsolated(classes, namespace())).toBe(alone);
    }),
  );
});
