import { expect, test } from 'vitest';
import { renderExplanation, renderWhyNot } from '../../../src/explain/render-explanation.ts';

test('the answer first, then the way, then who else was asked', () => {
  expect(
    renderExplanation({
      pod: 'shop/pay-1',
      node: 'node-3',
      packet: '203.0.113.7 TCP 443',
      outcome: 'leaves',
      why: 'EgressRoute shop/payments, stripe, leads to Gateway platform/partners',
      source: '192.0.2.100',
      gateway: {
        gateway: 'platform/partners',
        gatewayClass: 'egress',
        programmed: { status: 'True', reason: 'Programmed', message: '' },
        owner: 'node-1',
        standbys: ['node-2'],
        tunnelAddress: '198.19.255.241',
        onPodNode: 'applied',
      },
      applying: [
        {
          route: 'EgressRoute shop/payments',
          rule: 'stripe',
          match: 0,
          destination: '203.0.113.0/24',
          gateway: 'platform/partners',
          before: 'it names ports',
        },
      ],
      others: [{ route: 'EgressRoute shop/other', rule: 'rules[0]', match: 0, unmet: ['a fact', 'another'] }],
    }),
  ).toBe(`shop/pay-1 on node-3 → 203.0.113.7 TCP 443
leaves as 192.0.2.100
  EgressRoute shop/payments, stripe, leads to Gateway platform/partners
  Gateway platform/partners of class egress: owner node-1, through the tunnel to 198.19.255.241; ready to take over: node-2
  the Pod's node has it in its kernel

rules that apply, the first decides:
  EgressRoute shop/payments, stripe: 203.0.113.0/24 by Gateway platform/partners; before the next: it names ports

rules that do not:
  EgressRoute shop/other, rules[0]: a fact
    and another
`);
});

test.each([
  ['dropped', 'is dropped: nothing of it leaves'],
  ['untouched', 'is left alone'],
  ['inside', 'is no egress'],
] as const)('%s', (outcome, line) => {
  const nothing = { pod: 'shop/a', packet: '203.0.113.7 ICMP', why: 'because', applying: [], others: [] };
  expect(renderExplanation({ ...nothing, outcome })).toBe(`shop/a → 203.0.113.7 ICMP\n${line}\n  because\n`);
});

test('a counterfactual', () => {
  const route = 'EgressRoute shop/a';
  expect(renderWhyNot({ route, decides: true, rule: 'stripe', match: 0, facts: [] })).toBe(
    'EgressRoute shop/a, stripe, does decide about this packet\n',
  );
  expect(renderWhyNot({ route, decides: false, facts: ['one', 'two'] })).toBe(
    'EgressRoute shop/a would decide, if\n  - one\n  - two\n',
  );
});
