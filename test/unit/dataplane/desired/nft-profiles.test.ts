import { expect, it } from 'vitest';
import type { PlanProfile } from '../../../../src/compile/node-plan.ts';
import { profileChain } from '../../../../src/dataplane/desired/nft-profiles.ts';

const isolated = { kind: 'isolated' } as const;
const below = { from: '0.0.0.0', to: '203.0.112.255', verdict: isolated };
const own = { from: '203.0.113.0', to: '203.0.113.255', verdict: { kind: 'identity', id: 513 } } as const;
const above = { from: '203.0.114.0', to: '255.255.255.255', verdict: isolated };
const all6 = { from: '::', to: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', verdict: isolated };

it.each([
  ['every destination has its verdict', [below, own, above], 'counter name "held" drop'],
  ['one range has none', [below, above], 'goto ordinary'],
  ['the last address has none', [below, own, { ...above, to: '255.255.255.254' }], 'goto ordinary'],
  ['only the other family is decided', [all6], 'goto ordinary'],
  ['nothing is decided', [], 'goto ordinary'],
])('what no look-up finds, where %s: %s', (_, any, last) => {
  const profile: PlanProfile = { name: 'p', any, ports: [] };
  expect(profileChain(profile, 4).rules.at(-1)).toBe(last);
});
