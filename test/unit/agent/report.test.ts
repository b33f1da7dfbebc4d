import { describe, expect, test } from 'vitest';
import { isUrgent } from '../../../src/agent/publish-report.ts';
import { reportJitter, reportOf } from '../../../src/agent/report.ts';
import { rolesOf } from '../../../src/agent/roles.ts';
import type { EgressPlacement, EgressRuleSet } from '../../../src/api/kinds.ts';
import type { NodePlan } from '../../../src/compile/node-plan.ts';

const meta = (name: string, generation = 1) => ({
  name,
  uid: name,
  resourceVersion: '1',
  generation,
  creationTimestamp: '2026-01-01T00:00:00Z',
});
const plan: NodePlan = {
  node: { name: 'node-1', index: 1, mac: '02:ec:00:00:00:01' },
  tunnel: { vni: 4096, port: 8479 },
  transit: { ipv4: '198.18.0.0/15', ipv6: 'fd5a:11:9f::/48' },
  marks: { mask: 0x1fff },
  podStart: 'Hold',
  podRanges: [],
  clusterRanges: [],
  egressAddresses: [],
  tunnelAddresses: [],
  nodeAddresses: [],
  groups: [
    {
      group: 1,
      tunnel: '198.19.255.241',
      candidates: [],
      vrrp: { virtualRouterId: 1, priority: 200, advertMilliseconds: 100, preempt: false, egressAddresses: [] },
    },
    { group: 2, tunnel: '198.19.255.242', candidates: [] },
  ],
  identities: [],
  peers: [],
  profiles: [],
  pods: [],
  judged: [],
};
const ruleSet = (uid: string): EgressRuleSet => ({
  metadata: meta(`${uid}-0`),
  spec: { gateway: { uid, namespace: 'shop', name: uid }, shard: 0, digest: 'd', rules: [] },
});
const placement = (uid: string, group: number): EgressPlacement => ({
  metadata: meta(uid, 3),
  spec: {
    gateway: { namespace: 'shop', name: uid },
    egressClass: 'egress',
    group,
    tunnelAddress: '198.19.255.241',
    identities: [{ id: group * 512 + 1, ipv4: '192.0.2.100' }],
    network: { name: 'default' },
    failover: { advertMilliseconds: 100, preempt: false, virtualRouterId: group },
    candidates: [],
  },
});
const input = {
  selection: { plan, usedGateways: new Set(['used', 'unplaced']), namespaces: [], rights: new Map(), refused: [] },
  ruleSets: [ruleSet('used'), ruleSet('unplaced'), ruleSet('elsewhere')],
  placements: [placement('used', 2), placement('held', 1), placement('elsewhere', 2)],
  outcome: { kind: 'applied' } as const,
  roles: new Map([[1, 'Owner' as const]]),
  addresses: new Set(['198.19.255.241', '192.0.2.100']),
  macs: new Map(),
  heard: new Map(),
  version: '1',
  now: 1_767_225_600_000,
  previous: undefined,
};

describe('reportOf', () => {
  test('speaks of the Gateways that the node uses or may own, and of no other', () => {
    const { gateways = [], groups } = reportOf(input);
    expect(gateways.map(({ uid, placement: generation, ruleSets }) => [uid, generation, ruleSets !== ''])).toEqual([
      ['held', 3, false],
      ['unplaced', 0, true],
      ['used', 3, true],
    ]);
    expect(groups).toEqual([{ group: 1, role: 'Owner', since: '2026-01-01T00:00:00Z' }]);
  });

  test('says of flows what a standby holds; of an owner, whose they are, only that it cannot tell anybody; of a fault nothing', () => {
    const held = (role: 'Owner' | 'Standby' | 'Fault', each: 'Synced' | 'Syncing' | 'None') =>
      reportOf({ ...input, roles: new Map([[1, role]]), flows: new Map([[1, each]]) }).groups?.[0]?.flows;
    const all = ['Synced', 'Syncing', 'None'] as const;
    expect(all.map((each) => held('Standby', each))).toEqual(all);
    expect(all.map((each) => held('Owner', each))).toEqual([undefined, undefined, 'None']);
    expect(all.map((each) => held('Fault', each))).toEqual([undefined, undefined, undefined]);
  });

  test('speaks of rules about the namespaces of its Pods, though they select none of these, and names the namespaces', () => {
    const about = (uid: string, namespace: string): EgressRuleSet => {
      const rule = {
        route: { kind: 'EgressRoute' as const, namespace, name: 'r' },
        created: '2026-01-01T00:00:00Z',
        rule: 0,
        match: 0,
      };
      return { ...ruleSet(uid), spec: { ...ruleSet(uid).spec, rules: [rule] } };
    };
    const { gateways = [], namespaces } = reportOf({
      ...input,
      selection: { ...input.selection, namespaces: [{ metadata: meta('shop') }] },
      ruleSets: [...input.ruleSets, about('concerned', 'shop'), about('other', 'team')],
    });
    expect(gateways.map(({ uid }) => uid)).toEqual(['concerned', 'held', 'unplaced', 'used']);
    expect(namespaces).toEqual(['shop']);
  });

  test('a standby tells who answers on the wire, and everybody the own hardware address', () => {
    const heard = new Map([[1, { answeredBy: '02:00:00:00:00:01', others: [{ address: '192.0.2.100', macs: [] }] }]]);
    const words = { ...input, macs: new Map([[1, '02:00:00:00:00:02']]), heard };
    expect(reportOf(words).groups).toEqual([
      { group: 1, role: 'Owner', since: '2026-01-01T00:00:00Z', mac: '02:00:00:00:00:02' },
    ]);
    expect(reportOf({ ...words, roles: new Map([[1, 'Standby' as const]]) }).groups).toEqual([
      {
        group: 1,
        role: 'Standby',
        since: '2026-01-01T00:00:00Z',
        mac: '02:00:00:00:00:02',
        answeredBy: '02:00:00:00:00:01',
        answers: [{ address: '192.0.2.100', macs: [] }],
      },
    ]);
  });

  test('a candidate in fault tells why, where it knows', () => {
    const problems = new Map([[1, 'interface eth1 does not exist']]);
    const fault = { ...input, roles: new Map([[1, 'Fault' as const]]), problems };
    expect(reportOf(fault).groups).toMatchObject([
      { group: 1, role: 'Fault', message: 'interface eth1 does not exist' },
    ]);
    expect(reportOf({ ...fault, roles: input.roles }).groups?.[0]).not.toHaveProperty('message');
  });

  test('an owner or standby tells what is cut off of a group; Fault says why it is one', () => {
    const message = 'no BGP session with 2001:db8::1';
    const cutOffs = new Map([[1, { families: [6 as const], message }]]);
    const of = (role: 'Owner' | 'Standby' | 'Fault') =>
      reportOf({ ...input, roles: new Map([[1, role]]), cutOffs, problems: new Map([[1, 'no link']]) }).groups?.[0];
    expect(of('Owner')).toMatchObject({ role: 'Owner', cutOff: ['IPv6'], message });
    expect(of('Standby')).toMatchObject({ role: 'Standby', cutOff: ['IPv6'], message });
    expect(of('Fault')).toMatchObject({ role: 'Fault', message: 'no link' });
    expect(of('Fault')).not.toHaveProperty('cutOff');
  });

  test('an owner has applied a placement when routers were told of it; what was applied before stays so', () => {
    const applied = (more: Partial<Parameters<typeof reportOf>[0]>) =>
      reportOf({ ...input, unannounced: new Set([1]), ...more }).gateways?.find(({ uid }) => uid === 'held')?.placement;
    expect(applied({})).toBe(0);
    expect(applied({ unannounced: new Set([2]) })).toBe(3);
    expect(applied({ previous: reportOf(input) })).toBe(3);
    expect(applied({ roles: new Map([[1, 'Standby' as const]]) })).toBe(3);
  });

  test('as much as the schema takes', () => {
    const macs = Array.from({ length: 9 }, (_, index) => `02:00:00:00:00:0${index}`);
    const others = Array.from({ length: 65 }, (_, index) => ({ address: `192.0.2.${index}`, macs }));
    const roles = new Map([[1, 'Standby' as const]]);
    const [group] = reportOf({ ...input, roles, heard: new Map([[1, { others }]]) }).groups ?? [];
    expect(group?.answers).toHaveLength(64);
    expect(group?.answers?.[0]?.macs).toHaveLength(8);
    expect(group).not.toHaveProperty('answeredBy');
  });

  test('a failure says why', () => {
    const { gateways = [] } = reportOf({ ...input, outcome: { kind: 'failed', message: 'nft: no' } });
    expect(gateways.every(({ state, message }) => state === 'Failed' && message === 'nft: no')).toBe(true);
  });

  test('an owner has applied a placement when it holds the addresses', () => {
    const unbound = { ...input, addresses: new Set(['198.19.255.241']) };
    const generation = (report: ReturnType<typeof reportOf>) =>
      report.gateways?.find(({ uid }) => uid === 'held')?.placement;
    expect(generation(reportOf(unbound))).toBe(0);
    expect(generation(reportOf({ ...unbound, previous: reportOf(input) }))).toBe(3);
    expect(generation(reportOf({ ...unbound, roles: new Map([[1, 'Standby' as const]]) }))).toBe(3);
  });

  test('an owner tells what another host has, and has applied the placement without it', () => {
    const unbound = { ...input, addresses: new Set(['198.19.255.241']) };
    const withheld = new Map([[1, [{ address: '192.0.2.100', macs: ['02:00:00:00:00:99'] }]]]);
    const { gateways, groups } = reportOf({ ...unbound, withheld });
    expect(groups?.[0]?.withheld).toEqual(withheld.get(1));
    expect(gateways?.find(({ uid }) => uid === 'held')?.placement).toBe(3);
    expect(reportOf(unbound).groups?.[0]).not.toHaveProperty('withheld');
  });

  test('new flows that are refused are said, since the first time, and no more when they are taken', () => {
    const pressure = { reason: 'NoFreePort', message: 'no source port was free' } as const;
    const first = reportOf({ ...input, pressure, now: Date.UTC(2026, 0, 1) });
    const said = { type: 'NewFlowsTaken', status: 'False', ...pressure, lastTransitionTime: '2026-01-01T00:00:00Z' };
    expect(first.conditions).toContainEqual(said);
    expect(reportOf({ ...input, pressure, previous: first, now: Date.UTC(2026, 0, 2) }).conditions).toContainEqual(
      said,
    );
    expect(reportOf({ ...input, previous: first }).conditions).toHaveLength(1);
  });

  test("a CNI that carries Pods' packets past every rule is said while it does", () => {
    const bypass = { reason: 'PastNetfilter', message: 'no rule holds' } as const;
    const said = reportOf({ ...input, bypass });
    expect(said.conditions).toContainEqual(expect.objectContaining({ type: 'PodsCaught', status: 'False', ...bypass }));
    expect(reportOf({ ...input, previous: said }).conditions).toHaveLength(1);
  });

  test('a kernel that cannot tell Pods on a bridge apart is told, since the first time', () => {
    const first = reportOf({ ...input, hasBridge: false });
    expect(first.conditions?.[1]).toMatchObject({ type: 'PodLinksBound', status: 'False', reason: 'NoBridgeTables' });
    const later = reportOf({ ...input, hasBridge: false, now: input.now + 60_000, previous: first });
    expect(later.conditions).toEqual(first.conditions);
    expect(reportOf(input).conditions).toHaveLength(1);
  });

  test('Pods whose rules do not fit are named, since the first time; their Gateways work for all others', () => {
    const refused = ['Pod shop/a sends nothing: …', 'Pod shop/b sends nothing: …'];
    const selection = { ...input.selection, refused };
    const first = reportOf({ ...input, selection });
    const message = 'Pod shop/a sends nothing: …; and 1 more';
    expect(first.conditions?.[1]).toMatchObject({ type: 'DestinationsFit', reason: 'TooManyDestinations', message });
    expect(first.gateways).toEqual(reportOf(input).gateways);
    const later = reportOf({ ...input, selection, now: input.now + 60_000, previous: first });
    expect(later.conditions).toEqual(first.conditions);
    expect(reportOf({ ...input, previous: first }).conditions).toHaveLength(1);
  });

  test('a node that failed still names the Gateways that it has not let go', () => {
    const without = {
      ...input,
      selection: { ...input.selection, usedGateways: new Set<string>() },
      previous: reportOf(input),
    };
    const names = (report: ReturnType<typeof reportOf>) =>
      (report.gateways ?? []).map(({ uid, state }) => `${uid} ${state}`);
    expect(names(reportOf(without))).toEqual(['held Applied']);
    expect(names(reportOf({ ...without, outcome: { kind: 'failed', message: 'no' } }))).toEqual([
      'held Failed',
      'unplaced Failed',
      'used Failed',
    ]);
  });

  test('since moves with the role alone', () => {
    const later = { ...input, now: input.now + 60_000, previous: reportOf(input) };
    expect(reportOf(later).groups?.[0]?.since).toBe('2026-01-01T00:00:00Z');
    expect(reportOf({ ...later, roles: new Map([[1, 'Standby' as const]]) }).groups?.[0]?.since).toBe(
      '2026-01-01T00:01:00Z',
    );
  });

  test('the condition keeps its time while its status stays', () => {
    const first = reportOf(input);
    const later = reportOf({ ...input, now: input.now + 60_000, previous: first });
    expect(first.conditions?.[0]).toMatchObject({ status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' });
    expect(later.conditions).toEqual(first.conditions);
    const failed = reportOf({
      ...input,
      now: input.now + 60_000,
      previous: first,
      outcome: { kind: 'failed', message: 'no' },
    });
    expect(failed.conditions?.[0]).toMatchObject({
      status: 'False',
      message: 'no',
      lastTransitionTime: '2026-01-01T00:01:00Z',
    });
  });
});

test('roles: the tunnel address makes the owner, a keepalived that can move it the standby', () => {
  expect(rolesOf(plan, new Set(['198.19.255.241']), () => true)).toEqual(new Map([[1, 'Owner']]));
  expect(rolesOf(plan, new Set(['198.19.255.241']), () => false)).toEqual(new Map([[1, 'Fault']]));
  expect(rolesOf(plan, new Set(['198.19.255.242']), () => true)).toEqual(new Map([[1, 'Standby']]));
  expect(rolesOf(plan, new Set(), () => false)).toEqual(new Map([[1, 'Fault']]));
  expect(rolesOf(plan, new Set(), ({ group }) => group !== 1)).toEqual(new Map([[1, 'Fault']]));
});

test('an owner reports at once, also when it ceases to be one', () => {
  const owner = { groups: [{ group: 1, role: 'Owner' as const }] };
  const standby = { groups: [{ group: 1, role: 'Standby' as const }] };
  expect([
    isUrgent(owner, standby),
    isUrgent(standby, owner),
    isUrgent(standby, standby),
    isUrgent(undefined, {}),
  ]).toEqual([true, true, false, false]);
});

test('three nodes report at once, a thousand spread over five seconds', () => {
  expect([reportJitter(3), reportJitter(100), reportJitter(5000)]).toEqual([20, 500, 5000]);
});
