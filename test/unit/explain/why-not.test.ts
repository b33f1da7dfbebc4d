import { expect, test } from 'vitest';
import type { EgressRoute } from '../../../src/api/kinds.ts';
import type { Pod } from '../../../src/api/pod.ts';
import { whyNot } from '../../../src/explain/why-not.ts';
import { parseIp } from '../../../src/net/ip.ts';
import { gateway, meta, namespace, route, snapshot } from '../../support/objects.ts';

const pod: Pod = {
  metadata: meta('shop/web-1', { labels: { app: 'web' } }),
  spec: { nodeName: 'node-3', serviceAccountName: 'web' },
  status: { phase: 'Running', podIPs: ['10.244.3.7'] },
};
const destination = parseIp('203.0.113.7');
if (destination === undefined) throw new Error('unreachable');
const question = { pod, namespace: namespace('shop'), destination, protocol: 'TCP', port: 443 } as const;
const ask = (...routes: readonly EgressRoute[]) =>
  whyNot(snapshot({ gateways: [gateway('platform/partners')], routes }), question, { namespace: 'shop', name: 'own' });
const own = (rules: EgressRoute['spec']['rules'], parent = 'platform/partners') => route('shop/own', parent, { rules });

test('names the nearest match of a route, and all that would have to be otherwise there', () => {
  const far = { podSelector: { matchLabels: { app: 'pay' } }, destinations: [{ cidr: '198.51.100.0/24' }] };
  const near = { podSelector: { matchLabels: { app: 'pay' } }, ports: [{ port: 443 }] };
  expect(ask(own([{ matches: [far] }, { name: 'second', matches: [far, near] }]))).toEqual({
    route: 'EgressRoute shop/own',
    decides: false,
    rule: 'second',
    match: 1,
    facts: ['label app must be pay (it is web)'],
  });
});

test('names who comes first, and why', () => {
  const narrow = route('shop/narrow', 'platform/partners', {
    rules: [{ matches: [{ destinations: [{ cidr: '203.0.113.0/24' }] }] }],
  });
  expect(ask(own([{}]), narrow)?.facts).toEqual([
    'EgressRoute shop/narrow must not come first: its destination is more specific: /24 before /0',
  ]);
});

test('a route that decides, that no Gateway takes, that has nothing valid, that is not there', () => {
  expect(ask(own([{}]))).toMatchObject({ decides: true, facts: [] });
  expect(ask(own([{}], 'platform/missing'))?.facts).toEqual([
    expect.stringContaining('the route must be accepted by a Gateway: '),
  ]);
  const broken = ask(own([{ matches: [{ destinations: [{ hostname: 'a.example.com' }] }] }]));
  expect(broken?.facts.join()).toContain('spec.rules[0]');
  expect(ask()).toBeUndefined();
});
