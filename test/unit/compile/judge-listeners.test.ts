import { expect, test } from 'vitest';
import type { Listener } from '../../../src/api/gateway.ts';
import { apiGroup, listenerProtocol } from '../../../src/api/names.ts';
import { judgeListeners } from '../../../src/compile/judge-listeners.ts';

const listener = (more: Partial<Listener> = {}): Listener => ({
  name: 'egress',
  port: 1,
  protocol: listenerProtocol,
  ...more,
});
const kinds = (...list: readonly { group?: string; kind: string }[]): Partial<Listener> => ({
  allowedRoutes: { kinds: list },
});
const own = (kind: string) => ({ group: apiGroup, kind });

const malformed = { matchExpressions: [{ key: 'team', operator: 'In' as const }] };

const cases: readonly [name: string, listener: Listener, accepted: string, resolved: string, kinds: string[]][] = [
  ['plain', listener(), 'ListenerAccepted', 'ListenerResolvedRefs', ['EgressRoute']],
  ['empty kinds', listener(kinds()), 'ListenerAccepted', 'ListenerResolvedRefs', ['EgressRoute']],
  [
    'cluster kind only',
    listener(kinds(own('ClusterEgressRoute'))),
    'ListenerAccepted',
    'ListenerResolvedRefs',
    ['ClusterEgressRoute'],
  ],
  [
    'both kinds',
    listener(kinds(own('ClusterEgressRoute'), own('EgressRoute'))),
    'ListenerAccepted',
    'ListenerResolvedRefs',
    ['ClusterEgressRoute', 'EgressRoute'],
  ],
  [
    'kind without group is of the Gateway API group',
    listener(kinds({ kind: 'EgressRoute' })),
    'ListenerAccepted',
    'ListenerInvalidRouteKinds',
    [],
  ],
  [
    'the known ones stay',
    listener(kinds(own('HTTPRoute'), own('EgressRoute'))),
    'ListenerAccepted',
    'ListenerInvalidRouteKinds',
    ['EgressRoute'],
  ],
  ['TCP', listener({ protocol: 'TCP' }), 'ListenerUnsupportedProtocol', 'ListenerResolvedRefs', []],
  [
    'kinds that nobody knows are unresolved on any protocol',
    listener({ protocol: 'HTTP', ...kinds({ kind: 'HTTPRoute' }) }),
    'ListenerUnsupportedProtocol',
    'ListenerInvalidRouteKinds',
    [],
  ],
  [
    'and a known one takes no route on a foreign protocol',
    listener({ protocol: 'HTTP', ...kinds(own('EgressRoute')) }),
    'ListenerUnsupportedProtocol',
    'ListenerResolvedRefs',
    [],
  ],
  ['tls', listener({ tls: {} }), 'ListenerUnsupportedValue', 'ListenerResolvedRefs', ['EgressRoute']],
  ['hostname', listener({ hostname: 'a' }), 'ListenerUnsupportedValue', 'ListenerResolvedRefs', ['EgressRoute']],
  ['empty hostname is none', listener({ hostname: '' }), 'ListenerAccepted', 'ListenerResolvedRefs', ['EgressRoute']],
  [
    'Selector without selector',
    listener({ allowedRoutes: { namespaces: { from: 'Selector' } } }),
    'ListenerUnsupportedValue',
    'ListenerResolvedRefs',
    ['EgressRoute'],
  ],
  [
    'a malformed selector with from: Selector',
    listener({ allowedRoutes: { namespaces: { from: 'Selector', selector: malformed } } }),
    'ListenerUnsupportedValue',
    'ListenerResolvedRefs',
    ['EgressRoute'],
  ],
  [
    'a selector is ignored without from: Selector, as upstream says',
    listener({ allowedRoutes: { namespaces: { from: 'Same', selector: malformed } } }),
    'ListenerAccepted',
    'ListenerResolvedRefs',
    ['EgressRoute'],
  ],
];

test.each(cases)('%s', (_, one, accepted, resolved, expected) => {
  const [judged] = judgeListeners([one]);
  expect(judged?.accepted.code).toBe(accepted);
  expect(judged?.resolvedRefs.code).toBe(resolved);
  expect(judged?.kinds).toEqual(expected);
  expect(judged?.conflicted.code).toBe('ListenerNoConflicts');
});

test('none of the IP listeners of one port wins; another protocol there conflicts with nobody', () => {
  const judged = judgeListeners([
    listener({ name: 'a' }),
    listener({ name: 'b' }),
    listener({ name: 'c', protocol: 'UDP' }),
    listener({ name: 'd', port: 2 }),
  ]);
  expect(judged.map(({ accepted, conflicted }) => `${accepted.code} ${conflicted.code}`)).toEqual([
    'ListenerNotAcceptedConflict ListenerConflicted',
    'ListenerNotAcceptedConflict ListenerConflicted',
    'ListenerUnsupportedProtocol ListenerNoConflicts',
    'ListenerAccepted ListenerNoConflicts',
  ]);
});
