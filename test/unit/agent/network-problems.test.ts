import { expect, test } from 'vitest';
import { networkProblems, withoutAbsent } from '../../../src/agent/network-problems.ts';
import { parseNodeLinks } from '../../../src/agent/node-addresses.ts';
import { ownVlans, wantedVlans } from '../../../src/agent/vlan-links.ts';
import type { NodePlan, PlanGroup } from '../../../src/compile/node-plan.ts';

const vrrp = { virtualRouterId: 1, priority: 200, advertMilliseconds: 100, preempt: false, egressAddresses: [] };
const group = (number: number, network: Partial<NonNullable<PlanGroup['vrrp']>> = {}): PlanGroup => ({
  group: number,
  tunnel: `198.19.255.${240 + number}`,
  candidates: [],
  vrrp: { ...vrrp, ...network },
});
const plan: Pick<NodePlan, 'groups'> = {
  groups: [
    group(1),
    group(2, { networkInterface: 'eth1', routes: { kind: 'own', gateway4: '172.30.0.1' } }),
    group(3, { networkInterface: 'eth1.7', vlan: { parent: 'eth1', id: 7 } }),
    { group: 4, candidates: [] },
  ],
};
const links = parseNodeLinks(
  JSON.stringify([
    { ifname: 'eth0', flags: ['UP', 'LOWER_UP'], addr_info: [{ local: '192.0.2.11', prefixlen: 24 }] },
    {
      ifname: 'eth1',
      flags: ['UP', 'LOWER_UP'],
      addr_info: [
        { local: '172.30.0.11', prefixlen: 24 },
        { local: '172.30.0.12', prefixlen: 24 },
        { local: '172.30.0.100', prefixlen: 32 },
        { local: '2001:db8:30::11', prefixlen: 64 },
        { local: 'fe80::1', prefixlen: 64 },
        { local: '2001:db8:30::100', prefixlen: 128 },
      ],
    },
    { ifname: 'eth1.7', flags: ['UP'], addr_info: [] },
  ]),
);
const state = { underlayDevice: 'eth0', links, vlanProblems: new Map<string, string>(), dead: [] };

test('what is on a link by its addresses: each subnet once, no single and no link-local address', () => {
  expect(links.map(({ subnets }) => subnets)).toEqual([['192.0.2.0/24'], ['172.30.0.0/24', '2001:db8:30::/64'], []]);
});

test('a network without carrier is a problem of its groups alone', () => {
  expect([...networkProblems(plan, state)]).toEqual([[3, 'interface eth1.7 is down']]);
});

test('so is a dead next hop: by its address where the class names it', () => {
  const dead = ['eth0', 'eth1-172.30.0.1'];
  expect([...networkProblems(plan, { ...state, dead })].slice(0, 2)).toEqual([
    [1, 'the next hop on eth0 does not answer'],
    [2, 'the next hop 172.30.0.1 on eth1 does not answer'],
  ]);
});

test('an interface that is not there is named, a VLAN that cannot be made with its reason; keepalived hears of neither', () => {
  const vlanProblems = new Map([['eth1.7', 'no VLANs here']]);
  const bare = links.slice(0, 1);
  const problems = networkProblems(plan, { ...state, links: bare, vlanProblems });
  expect(problems.get(2)).toMatch(/^interface eth1 does not exist on this node: connect it, or leave the node out/);
  expect(problems.get(3)).toBe('no VLANs here');
  expect([...problems.keys()]).toEqual([2, 3]);
  expect(withoutAbsent(plan, bare).groups.map((each) => each.group)).toEqual([1, 4]);
  expect(withoutAbsent(plan, links)).toBe(plan);
});

test('sub-interfaces are wanted once each; those that an agent made carry its alias', () => {
  const twice = { ...plan, groups: [...plan.groups, ...plan.groups] };
  expect(wantedVlans(twice)).toEqual([{ device: 'eth1.7', parent: 'eth1', id: 7 }]);
  const vlan = (ifname: string, more: object) => ({ ifname, linkinfo: { info_kind: 'vlan' }, ...more });
  const text = JSON.stringify([
    {},
    vlan('eth1.7', { ifalias: 'sallyport' }),
    vlan('eth1.8', {}),
    { ifname: 'veth', ifalias: 'sallyport', linkinfo: { info_kind: 'veth' } },
  ]);
  expect(ownVlans(text)).toEqual(['eth1.7']);
  expect(() => ownVlans('{}')).toThrow(SyntaxError);
});

test('a group whose routers cannot be told by BGP', () => {
  const bgp = { localAsn: 65_001, peers: [{ address: '192.0.2.1', asn: 65_000, bfd: false }] };
  const routed = { groups: [group(1, { bgp, egressAddresses: ['172.29.7.16'] })] };
  const down = {
    address: '192.0.2.1',
    asn: 65_000,
    established: false,
    announced: 0,
    info: 'Idle, BGP Error: Bad peer AS',
  };
  const problem = (more: Partial<Parameters<typeof networkProblems>[1]>) =>
    networkProblems(routed, { ...state, ...more }).get(1);
  expect(problem({ sessions: [down] })).toBeUndefined();
  expect(problem({ dead: ['bgp-group-1'], sessions: [down] })).toContain(
    'no BGP session with 192.0.2.1 AS 65000 (Idle, BGP Error: Bad peer AS): compare',
  );
  expect(problem({ dead: ['bgp-group-1'] })).toContain('(BIRD does not run, or not yet)');
});
