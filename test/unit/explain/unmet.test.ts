import { describe, expect, test } from 'vitest';
import type { CompiledRule } from '../../../src/api/kinds.ts';
import type { Pod } from '../../../src/api/pod.ts';
import type { Question } from '../../../src/explain/question.ts';
import { describePort, unmetFacts, unmetLabels } from '../../../src/explain/unmet.ts';
import { parseIp } from '../../../src/net/ip.ts';
import { meta, namespace } from '../../support/objects.ts';

const pod: Pod = { metadata: meta('shop/a', { labels: { app: 'web' } }), spec: {}, status: { podIPs: [] } };
const destination = parseIp('203.0.113.7');
if (destination === undefined) throw new Error('unreachable');
const question: Question = {
  pod,
  namespace: namespace('shop', { team: 'a' }),
  destination,
  protocol: 'TCP',
  port: 443,
};
const rule = (more: Partial<CompiledRule> = {}): CompiledRule => ({
  route: { kind: 'ClusterEgressRoute', name: 'r' },
  created: '',
  rule: 0,
  match: 0,
  ...more,
});
const facts = (more: Partial<CompiledRule>, asked: Partial<Question> = {}, excluded: readonly string[] = []) =>
  unmetFacts(rule(more), { ...question, ...asked }, excluded);

test('a rule that asks for nothing applies', () => {
  expect(facts({})).toEqual([]);
});

describe('the namespace', () => {
  test('is the route’s own, or selected, or not excluded', () => {
    expect(facts({ route: { kind: 'EgressRoute', namespace: 'blog', name: 'r' } })).toEqual([
      'the Pod must be in namespace blog (it is in shop)',
    ]);
    expect(facts({ namespaceSelector: { matchLabels: { team: 'b' } } }, {}, ['shop'])).toEqual([
      "the namespace's label team must be b (it is a)",
    ]);
    expect(facts({}, {}, ['shop'])).toEqual([
      'namespace shop must not be excluded: without a namespaceSelector the class leaves it out',
    ]);
  });
});

describe('labels', () => {
  test.each([
    [{ matchLabels: { app: 'pay' } }, 'label app must be pay (it is web)'],
    [{ matchLabels: { constructor: 'x' } }, 'label constructor must be x (it is not there)'],
    [
      { matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] },
      'label app must be one of a, b (it is web)',
    ],
    [
      { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] },
      'label app must not be web (it is web)',
    ],
    [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, 'label tier must be there (it is not there)'],
    [{ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, 'label app must not be there (it is web)'],
  ] as const)('%j', (selector, fact) => {
    expect(unmetLabels('label', selector, pod.metadata.labels)).toEqual([fact]);
  });

  test('that are met are not told', () => {
    expect(unmetLabels('label', { matchLabels: { app: 'web', tier: 'x' } }, { app: 'web' })).toEqual([
      'label tier must be x (it is not there)',
    ]);
    expect(unmetLabels('label', undefined, undefined)).toEqual([]);
  });
});

test('the ServiceAccount, which is "default" where none is named', () => {
  expect(facts({ serviceAccounts: ['a', 'b'] })).toEqual(['the ServiceAccount must be one of a, b (it is default)']);
  expect(facts({ serviceAccounts: ['default'] })).toEqual([]);
});

describe('the destination', () => {
  const cidrs = (...list: readonly string[]) => ({ destinations: list.map((cidr) => ({ cidr })) });
  test('must be in one of the ranges', () => {
    expect(facts(cidrs('198.51.100.0/24'))).toEqual(['the destination must be in 198.51.100.0/24 (it is 203.0.113.7)']);
    expect(facts(cidrs('10.0.0.0/8', '203.0.113.0/24'))).toEqual([]);
    const many = ['10.0.0.0/8', '11.0.0.0/8', '12.0.0.0/8', '13.0.0.0/8', '14.0.0.0/8', '15.0.0.0/8'];
    expect(facts(cidrs(...many))).toEqual([
      'the destination must be in one of 10.0.0.0/8, 11.0.0.0/8, 12.0.0.0/8, 13.0.0.0/8 or one of 2 more (it is 203.0.113.7)',
    ]);
  });

  test('and not among its exceptions, unless another range has it', () => {
    const cut = { cidr: '203.0.113.0/24', except: ['203.0.113.0/29'] };
    expect(facts({ destinations: [cut] })).toEqual([
      '203.0.113.7 must not be excepted from 203.0.113.0/24 (it is in 203.0.113.0/29)',
    ]);
    expect(facts({ destinations: [cut, { cidr: '0.0.0.0/0' }] })).toEqual([]);
  });
});

describe('the port', () => {
  const ports = [{ port: 443 }, { protocol: 'TCP' as const, port: 8000, endPort: 8100 }];
  test.each([
    [{ port: 443 }, []],
    [{ port: 8050 }, []],
    [{ port: 80 }, ['it must go to one of TCP 443, TCP 8000-8100 (it is TCP 80)']],
    [{ protocol: 'UDP' }, ['it must go to one of TCP 443, TCP 8000-8100 (it is UDP)']],
    [{ protocol: 'ICMP' }, ['it must go to one of TCP 443, TCP 8000-8100 (it is ICMP)']],
  ] as const)('%j', (asked, told) => {
    expect(facts({ ports }, asked)).toEqual(told);
  });

  test('that was not told, and a protocol alone', () => {
    const { port: _, ...portless } = question;
    expect(unmetFacts(rule({ ports }), portless, [])).toEqual([
      'it must go to one of TCP 443, TCP 8000-8100 (no port was told)',
    ]);
    expect(facts({ ports: [{ protocol: 'UDP' }] }, { protocol: 'UDP', port: 53 })).toEqual([]);
    expect([{}, { port: 1, endPort: 1 }, { protocol: 'SCTP' as const }].map(describePort)).toEqual([
      'TCP',
      'TCP 1',
      'SCTP',
    ]);
  });
});
