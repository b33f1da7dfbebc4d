import { describe, expect, it } from 'vitest';
import type { PlanDecision, PlanProfile } from '../../../../src/compile/node-plan.ts';
import { decisionObjects, profileObjects } from '../../../../src/dataplane/desired/nft-profiles.ts';

const out = { kind: 'identity', id: 513 } as const;
const decisions: readonly PlanDecision[] = [
  { name: 'all', ports: [], rest: out },
  { name: 'none', ports: [], rest: { kind: 'isolated' } },
  {
    name: 'web',
    ports: [
      { protocol: 'TCP', port: 443, endPort: 443, verdict: out },
      { protocol: 'UDP', port: 443, endPort: 443, verdict: { kind: 'drop' } },
    ],
  },
  { name: 'range', ports: [{ protocol: 'TCP', port: 80, endPort: 90, verdict: out }], rest: { kind: 'isolated' } },
];
const below = { from: '0.0.0.0', to: '203.0.112.255', decision: 'none' };
const own = { from: '203.0.113.0', to: '203.0.113.255', decision: 'all' };
const above = { from: '203.0.114.0', to: '255.255.255.255', decision: 'web' };
const whole = { from: '0.0.0.0', to: '255.255.255.255', decision: 'all' };
const whole6 = { from: '::', to: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', decision: 'web' };

const objectsOf = (destinations: PlanProfile['destinations'], family: 4 | 6 = 4) => {
  const { chain, map } = profileObjects({ name: 'p', destinations, decisions }, family);
  const [stranger, ...rules] = chain.rules;
  expect(stranger).toBe('fib saddr . iif oif missing jump stranger');
  return { rules, map };
};
const held = 'counter name "held" drop';

describe("a profile's chain", () => {
  it.each([
    ['one decision for all', [whole, whole6], ['goto id_513']],
    ['nothing is decided', [], ['goto ordinary']],
    ['only the other family is decided', [whole6], ['goto ordinary']],
    ['one range is decided', [own], ['ip daddr 203.0.113.0-203.0.113.255 goto id_513', 'goto ordinary']],
    [
      'every destination is decided: most lead where the rest does',
      [below, own, { ...above, decision: 'none' }],
      ['ip daddr 203.0.113.0-203.0.113.255 goto id_513', 'goto isolate'],
    ],
    [
      'the last address is not',
      [below, own, { ...above, to: '255.255.255.254' }],
      [
        'ip daddr 0.0.0.0-203.0.112.255 goto isolate',
        'ip daddr 203.0.113.0-203.0.113.255 goto id_513',
        'ip daddr 203.0.114.0-255.255.255.254 goto decide_web',
        'goto ordinary',
      ],
    ],
  ])('where %s', (_, destinations, rules) => {
    expect(objectsOf(destinations)).toEqual({ rules, map: undefined });
  });

  it('asks by the other family, too', () => {
    expect(objectsOf([own, whole6], 6)).toEqual({ rules: ['goto decide_web'], map: undefined });
  });

  it('looks up more than eight destinations; what finds nothing does not leave', () => {
    const nine = Array.from({ length: 9 }, (_, n) => ({
      from: `203.0.113.${n}`,
      to: `203.0.113.${n}`,
      decision: 'all',
    }));
    expect(objectsOf(nine.slice(1))).toMatchObject({ rules: { length: 9 }, map: undefined });
    const { rules, map } = objectsOf(nine);
    expect(rules).toEqual(['ip daddr . meta l4proto vmap @destinations4_p', held]);
    expect(map).toMatchObject({ name: 'destinations4_p', key: ['ipv4_addr', 'inet_proto'], flags: ['interval'] });
    const elements = map?.elements.map((each) => each.join(' : '));
    expect(elements?.[0]).toBe('203.0.113.0 . 0-255 : goto id_513');
    expect(elements?.slice(8)).toEqual(['203.0.113.8 . 0-255 : goto id_513', '* : goto ordinary']);
  });
});

describe('where ports decide', () => {
  const { chains, maps } = decisionObjects([
    { name: 'p', destinations: [], decisions },
    { name: 'q', destinations: [], decisions },
  ]);

  it('profiles share a chain, and what finds nothing does not leave', () => {
    expect(chains).toEqual([
      { name: 'decide_web', rules: ['meta l4proto . th dport vmap @ports_web', held] },
      { name: 'decide_range', rules: ['meta l4proto . th dport vmap @ports_range', held] },
    ]);
  });

  it('the rest is one more element, and only ranges make intervals', () => {
    expect(maps.map(({ name, flags, elements }) => [name, flags, elements.map((each) => each.join(' : '))])).toEqual([
      ['ports_web', [], ['tcp . 443 : goto id_513', 'udp . 443 : goto refuse', '* : goto ordinary']],
      ['ports_range', ['interval'], ['tcp . 80-90 : goto id_513', '* : goto isolate']],
    ]);
  });
});
