import { expect, test } from 'vitest';
import { cutOffs, networkProblems, unannounced, withoutAbsent } from '../../../src/agent/network-problems.ts';
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
    info: 'BGP Error: Bad peer AS',
  };
  const problem = (more: Partial<Parameters<typeof networkProblems>[1]>) =>
    networkProblems(routed, { ...state, ...more }).get(1);
  expect(problem({ sessions: [down] })).toBeUndefined();
  expect(problem({ dead: ['bgp-group-1'], sessions: [down] })).toContain(
    'no BGP session with 192.0.2.1 AS 65000 (BGP Error: Bad peer AS): compare',
  );
  expect(problem({ dead: ['bgp-group-1'] })).toContain('(BIRD does not run, or not yet)');
});

const peers = ['192.0.2.1', '2001:db8:2::1'].map((address) => ({ address, asn: 65_000, bfd: false }));
const egressAddresses = ['172.29.7.16', '2001:db8:77::10'];
const dual = { groups: [group(1, { bgp: { localAsn: 65_001, peers }, egressAddresses })] };
const session = (address: string, announced = 1) => ({ address, asn: 65_000, established: true, announced, info: '' });

test('a family whose routers cannot be told is cut off, and the group is not at fault', () => {
  const sessions = [
    session('192.0.2.1'),
    { ...session('2001:db8:2::1'), established: false, info: 'Hold timer expired' },
  ];
  expect(networkProblems(dual, { ...state, sessions }).size).toBe(0);
  const found = cutOffs(dual, { ...state, sessions }).get(1);
  expect(found?.families).toEqual([6]);
  expect(found?.message).toMatch(/^no BGP session with 2001:db8:2::1 AS 65000 \(Hold timer expired\): compare/);
  expect(cutOffs(dual, { ...state, sessions: peers.map(({ address }) => session(address)) }).size).toBe(0);
  // What is a fault is said as such.
  expect(cutOffs(dual, { ...state, dead: ['bgp-group-1'] }).size).toBe(0);
});

test('what BIRD cannot do here is said though nothing is cut off', () => {
  const sessions = peers.map(({ address }) => session(address));
  expect(cutOffs(dual, { ...state, sessions, trouble: 'no BFD' }).get(1)).toEqual({ families: [], message: 'no BFD' });
  expect(cutOffs(plan, { ...state, trouble: 'no BFD' }).size).toBe(0);
});

test('a failover process of before BGP owns nothing that it does not announce', () => {
  const problem = networkProblems(dual, { ...state, announces: false }).get(1);
  expect(problem).toContain('of a version without BGP, and announces nothing: drain the node');
  expect(networkProblems(plan, { ...state, announces: false }).get(1)).toBeUndefined();
});

test('one of two next hops of a name that is dead is reported', () => {
  const groups = [group(1, { egressAddresses: ['192.0.2.100', '2001:db8:2::100'] }), group(2)];
  const silent = [{ hop: 'eth0-dual', address: '192.0.2.1' }];
  expect([...cutOffs({ groups }, { ...state, silent })]).toEqual([
    [1, { families: [4], message: 'the next hop 192.0.2.1 on eth0 does not answer' }],
  ]);
});

test('of what it owns a node has announced as many routes as there are addresses', () => {
  const node = { name: 'node-1', index: 1, address4: '192.0.2.11', mac: '02:ec:00:00:00:01' };
  const bgp = { localAsn: 65_001, peers };
  const groups = [group(1, { bgp, egressAddresses }), group(2, { bgp, egressAddresses: ['172.29.7.17'] })];
  const late = (owned: readonly number[], ...announced: readonly [four: number, six: number]) => {
    const sessions = peers.map(({ address }, index) => session(address, announced[index]));
    return [...unannounced({ node, groups }, new Set(owned), sessions)];
  };
  expect(late([1], 1, 1)).toEqual([]);
  expect(late([1], 1, 0)).toEqual([1]);
  expect(late([1, 2], 1, 1)).toEqual([1, 2]);
  expect(late([1, 2], 2, 1)).toEqual([]);
  expect(late([], 0, 0)).toEqual([]);
  // Whom it has no session with is said otherwise.
  expect([...unannounced({ node, groups }, new Set([1]), [])]).toEqual([]);
});
