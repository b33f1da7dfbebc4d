import { expect, test } from 'vitest';
import type { NodePlan } from '../../../../src/compile/node-plan.ts';
import { fenceChains } from '../../../../src/dataplane/desired/nft-fence.ts';

const plan = (tunnelAddresses: readonly string[]) =>
  ({
    tunnel: { port: 8479 },
    transit: { ipv4: '198.18.0.0/15', ipv6: 'fd5a:11:9f::/48' },
    tunnelAddresses,
  }) as unknown as NodePlan;
const rulesOf = (tunnelAddresses: readonly string[]) =>
  fenceChains(plan(tunnelAddresses)).flatMap(({ name, rules }) => (/^fence/.test(name) ? rules : []));

test('tunnel addresses of the transit range need no rule of their own', () => {
  expect(rulesOf(['198.19.255.241', 'fd5a:11:9f:ffff::1'])).toEqual(rulesOf([]));
});

test('those that were given elsewhere are no source of a Pod, by their family', () => {
  const added = rulesOf(['192.0.2.200', '192.0.2.201', '2001:db8:2::200']).filter(
    (rule) => !rulesOf([]).includes(rule),
  );
  expect(added).toEqual([
    'ip6 saddr { 2001:db8:2::200 } jump pod_source',
    'ip saddr { 192.0.2.200, 192.0.2.201 } jump pod_source',
  ]);
  const dropped = fenceChains(plan([])).find(({ name }) => name === 'pod_source');
  expect(dropped?.rules.at(-1)).toBe('fib saddr . iif oif missing counter name "spoofed_own" drop');
});

test("what only nodes send is not looked for among Cilium's Pods, all of which seem to come from nowhere", () => {
  for (const { name, rules } of fenceChains(plan([]))) {
    if (!name.startsWith('forbid_')) continue;
    const spared = rules.indexOf('fib saddr oifname "cilium_host" return');
    expect([name, spared]).toEqual([name, rules.findIndex((rule) => rule.includes('iif oif missing')) - 1]);
    expect(rules.findIndex((rule) => rule.includes('@node_end6'))).toBe(spared - 1);
  }
});
