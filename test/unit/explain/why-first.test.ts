import { expect, test } from 'vitest';
import type { CompiledRule } from '../../../src/api/kinds.ts';
import { type Claim, comparePrecedence } from '../../../src/compile/precedence.ts';
import { whyFirst } from '../../../src/explain/why-first.ts';

const base: CompiledRule = {
  route: { kind: 'ClusterEgressRoute', name: 'b' },
  created: '2026-01-02T00:00:00Z',
  rule: 1,
  match: 1,
};
const claim = (more: Partial<CompiledRule> = {}, prefix = 0): Claim => ({ rule: { ...base, ...more }, prefix });

test.each([
  [
    claim({ route: { kind: 'EgressRoute', namespace: 'shop', name: 'z' } }),
    claim({ ports: [{ port: 1 }] }, 32),
    'an EgressRoute',
  ],
  [claim({}, 24), claim({ ports: [{ port: 1 }] }, 16), '/24 before /16'],
  [claim({ ports: [{ port: 1 }] }), claim({ namespaceSelector: {} }), 'names ports'],
  [claim({ namespaceSelector: {} }), claim({ podSelector: {} }), 'namespaces by their labels'],
  [claim({ podSelector: {} }), claim({ created: '2026-01-01T00:00:00Z' }), 'selects Pods'],
  [claim({ serviceAccounts: ['a'] }), claim(), 'selects Pods'],
  [claim({ created: '2026-01-01T00:00:00Z' }), claim({ route: { kind: 'ClusterEgressRoute', name: 'a' } }), 'is older'],
  [claim({ route: { kind: 'ClusterEgressRoute', name: 'a' } }), claim({ rule: 0 }), 'its name comes first'],
  [claim({ rule: 0 }), claim({ match: 0 }), 'first in the route'],
  [claim({ match: 0 }), claim(), 'first in the route'],
])('%#: %s comes before %s', (first, second, why) => {
  expect(comparePrecedence(first, second)).toBeLessThan(0);
  expect(whyFirst(first, second)).toContain(why);
});
