import { expect, test } from 'vitest';
import type { ClusterRouteMatch } from '../../../src/api/kinds.ts';
import { checkRule } from '../../../src/compile/check-rule.ts';

const answer = (match: ClusterRouteMatch) => {
  const problem = checkRule({ matches: [{}, match] }, 'spec.rules[3]');
  return problem === undefined
    ? 'fine'
    : `${problem.field}: ${problem.problem}`.replace('spec.rules[3].matches[1].', '');
};

const cases: readonly [name: string, match: ClusterRouteMatch, expected: string][] = [
  ['nothing', {}, 'fine'],
  [
    'both families',
    { destinations: [{ cidr: '0.0.0.0/0' }, { cidr: '2001:db8::/32', except: ['2001:db8:1::/48'] }] },
    'fine',
  ],
  [
    'host name',
    { destinations: [{ cidr: '10.0.0.0/8' }, { hostname: 'a.example.com' }] },
    'destinations[1].hostname: destinations by host name are not built yet; give a cidr',
  ],
  ['neither', { destinations: [{}] }, 'destinations[0].cidr: is missing'],
  ['no CIDR', { destinations: [{ cidr: '10.0.0.0' }] }, 'destinations[0].cidr: 10.0.0.0 is not a CIDR'],
  ['leading zero', { destinations: [{ cidr: '010.0.0.0/8' }] }, 'destinations[0].cidr: 010.0.0.0/8 is not a CIDR'],
  [
    'host bits',
    { destinations: [{ cidr: '10.0.0.1/8' }] },
    'destinations[0].cidr: 10.0.0.1/8 has host bits set; write 10.0.0.0/8',
  ],
  [
    'except outside',
    { destinations: [{ cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] }] },
    'destinations[0].except[0]: 11.0.0.0/16 is not inside 10.0.0.0/8',
  ],
  [
    'except of the other family',
    { destinations: [{ cidr: '::/0', except: ['10.0.0.0/8'] }] },
    'destinations[0].except[0]: 10.0.0.0/8 is not inside ::/0',
  ],
  ['protocol alone', { ports: [{ protocol: 'SCTP' }] }, 'fine'],
  ['port range', { ports: [{ port: 1, endPort: 65535 }] }, 'fine'],
  ['port 0', { ports: [{ port: 0 }] }, 'ports[0].port: 0 is not one of 1..65535'],
  ['endPort below port', { ports: [{ port: 80, endPort: 79 }] }, 'ports[0].endPort: 79 is not one of 80..65535'],
  ['endPort alone', { ports: [{ endPort: 80 }] }, 'ports[0].endPort: needs port'],
  [
    'In without values',
    { podSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
    'podSelector: operator In of a needs values',
  ],
  [
    'Exists with values',
    { namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] } },
    'namespaceSelector: operator Exists of a takes no values',
  ],
];

test.each(cases)('%s', (_, match, expected) => expect(answer(match)).toBe(expected));
