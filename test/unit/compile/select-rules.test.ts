import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CompiledRule } from '../../../src/api/kinds.ts';
import type { Pod } from '../../../src/api/pod.ts';
import { indexRules, rulesOfPod } from '../../../src/compile/select-rules.ts';
import { meta, namespace } from '../../support/objects.ts';

const labels = fc.constantFrom<Readonly<Record<string, string>>[]>(
  {},
  { app: 'a' },
  { app: 'b' },
  { app: 'a', tier: 'web' },
  { constructor: 'a' },
);
const selector = fc.constantFrom(
  {},
  { matchLabels: { app: 'a' } },
  { matchLabels: { app: 'a', tier: 'web' } },
  { matchLabels: { constructor: 'a' } },
  { matchExpressions: [{ key: 'app', operator: 'In' as const, values: ['a', 'b'] }] },
);
const fields = fc.record(
  { podSelector: selector, serviceAccounts: fc.subarray(['default', 'x'], { minLength: 1 }) },
  { requiredKeys: [] },
);
const rule: fc.Arbitrary<Omit<CompiledRule, 'match'>> = fc.oneof(
  fc.tuple(fields, fc.constantFrom('shop', 'blog')).map(([part, space]) => ({
    route: { kind: 'EgressRoute' as const, namespace: space, name: 'r' },
    created: '2026-01-01T00:00:00Z',
    rule: 0,
    ...part,
  })),
  fc
    .tuple(
      fields,
      fc.record(
        { namespaceSelector: selector, excludedNamespaces: fc.subarray(['shop', 'kube-system']) },
        { requiredKeys: [] },
      ),
    )
    .map(([part, whole]) => ({
      route: { kind: 'ClusterEgressRoute' as const, name: 'r' },
      created: '2026-01-01T00:00:00Z',
      rule: 0,
      ...part,
      ...whole,
    })),
);
const pod = fc.record({
  labels,
  space: fc.constantFrom('shop', 'kube-system'),
  account: fc.constantFrom(undefined, '', 'default', 'x', 'y'),
  hostNetwork: fc.boolean(),
});
const space = fc.option(labels, { nil: undefined });

type Fields = Readonly<Record<string, string>>;

// Each demand by itself, as metav1.LabelSelector says it.
function obviously(wanted: CompiledRule['podSelector'], own: Fields): boolean {
  const has = (key: string, values: readonly string[]) =>
    Object.entries(own).some(([k, v]) => k === key && values.includes(v));
  return (
    Object.entries(wanted?.matchLabels ?? {}).every(([key, value]) => has(key, [value])) &&
    (wanted?.matchExpressions ?? []).every(({ key, values = [] }) => has(key, values))
  );
}

describe('rulesOfPod', () => {
  test('finds what asking every rule finds', () => {
    let found = 0;
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), pod, space, (list, drawn, spaceLabels) => {
        const rules: CompiledRule[] = list.map((entry, match) => ({ ...entry, match }));
        const spec = { gateway: { uid: 'uid', namespace: 'a', name: 'b' }, shard: 0, digest: 'd', rules };
        const object: Pod = {
          metadata: { ...meta(`${drawn.space}/p`), labels: drawn.labels },
          spec: {
            hostNetwork: drawn.hostNetwork,
            ...(drawn.account === undefined ? {} : { serviceAccountName: drawn.account }),
          },
          status: { podIPs: ['10.0.0.1'] },
        };
        const known = spaceLabels === undefined ? undefined : namespace(drawn.space, spaceLabels);
        const expected = rules.filter((entry) => {
          if (drawn.hostNetwork) return false;
          const account = drawn.account === undefined || drawn.account === '' ? 'default' : drawn.account;
          if (entry.serviceAccounts !== undefined && !entry.serviceAccounts.includes(account)) return false;
          if (!obviously(entry.podSelector, drawn.labels)) return false;
          if (entry.route.kind === 'EgressRoute') return entry.route.namespace === drawn.space;
          if (entry.namespaceSelector === undefined) return !(entry.excludedNamespaces ?? []).includes(drawn.space);
          return spaceLabels !== undefined && obviously(entry.namespaceSelector, spaceLabels);
        });
        found += expected.length;
        const index = indexRules([{ metadata: meta('uid-0'), spec }]);
        const selected = rulesOfPod(index, object, known);
        expect(selected.map(({ match }) => match).sort()).toEqual(expected.map(({ match }) => match).sort());
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(20);
  });
});
