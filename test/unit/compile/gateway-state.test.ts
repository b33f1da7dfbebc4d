import { describe, expect, test } from 'vitest';
import type { EgressNodeReport } from '../../../src/api/kinds.ts';
import type { Condition } from '../../../src/api/meta.ts';
import { compile } from '../../../src/compile/compile.ts';
import type { EgressPlan } from '../../../src/compile/egress-plan.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { applyPlan, settle } from '../../../src/preview/settle.ts';
import { reportAll, settleAll } from '../../support/apply-plan.ts';
import { gateway, meta, route, snapshot } from '../../support/objects.ts';

const start = snapshot({ gateways: [gateway('platform/partners')], routes: [route('shop/all', 'platform/partners')] });
const placed = settle(start).snapshot;
const reported = reportAll(placed, ['node-1', 'node-3']);
const done = settleAll(start, ['node-1', 'node-3']).snapshot;

const find = (conditions: readonly Condition[] | undefined, type: string) => {
  const found = conditions?.find((condition) => condition.type === type);
  return found === undefined ? 'absent' : `${found.status} ${found.reason}: ${found.message}`;
};
const gatewayProgrammed = (plan: EgressPlan) => find(plan.gateways[0]?.status.conditions, 'Programmed');
const routeProgrammed = (plan: EgressPlan) => find(plan.routes[0]?.parents[0]?.conditions, 'Programmed');

type Reports = readonly EgressNodeReport[];
/** The reports with one node's words about the Gateway changed. */
const said = (reports: Reports, node: string, words: object): Reports => {
  return reports.map((report) =>
    report.metadata.name === node
      ? {
          ...report,
          status: { ...report.status, gateways: report.status?.gateways?.map((one) => ({ ...one, ...words })) ?? [] },
        }
      : report,
  );
};
const without = (reports: Reports, node: string) => reports.filter(({ metadata }) => metadata.name !== node);

type FlowsOf = 'Synced' | 'Syncing' | 'None' | undefined;

describe('a Gateway is programmed step by step', () => {
  test('until then the message says what is awaited, and one for all that takes no time', () => {
    const seen: string[] = [];
    let state: Snapshot = start;
    const statuses = new Set<string>();
    for (let round = 0; round < 4; round++) {
      const plan = compile(state);
      seen.push(gatewayProgrammed(plan));
      statuses.add(JSON.stringify(plan.gateways[0]?.status));
      state = applyPlan(state, plan);
    }
    expect(seen).toEqual([
      'False Pending: waiting for its addresses, numbers and placement to be written',
      'False Pending: waiting for its addresses, numbers and placement to be written',
      'False Pending: waiting for its addresses, numbers and placement to be written',
      'False Pending: waiting for one of node-2, node-3 to own failover group 1',
    ]);
    expect(statuses.size).toBe(2);
  });

  const cases: readonly [name: string, reports: Reports, expected: string, addresses: string[]][] = [
    ['owner reports', reported.reports, 'True Programmed: node-2 owns 192.0.2.100', ['192.0.2.100']],
    [
      'owner has not applied this placement',
      said(reported.reports, 'node-2', { placement: 7 }),
      'False Pending: waiting for owner node-2 to apply placement generation 1',
      [],
    ],
    [
      'owner failed',
      said(reported.reports, 'node-2', { state: 'Failed', message: 'nft: no such file' }),
      'False Pending: owner node-2 failed: nft: no such file',
      [],
    ],
    [
      'owner is silent',
      without(reported.reports, 'node-2'),
      'False Pending: waiting for one of node-2, node-3 to own failover group 1',
      [],
    ],
    [
      'a node that is no candidate claims to own the group',
      [
        ...without(without(reported.reports, 'node-2'), 'node-1'),
        {
          metadata: meta('node-1'),
          status: { groups: [{ group: 1, role: 'Owner' }], gateways: reported.reports[1]?.status?.gateways ?? [] },
        },
      ],
      'False Pending: waiting for one of node-2, node-3 to own failover group 1',
      [],
    ],
  ];

  test.each(cases)('%s', (_, reports, expected, addresses) => {
    const plan = compile({ ...placed, reports });
    expect(gatewayProgrammed(plan)).toBe(expected);
    expect(plan.gateways[0]?.status.addresses.map(({ value }) => value)).toEqual(addresses);
    expect(plan.placements[0]?.status.conditions?.[0]).toMatchObject({ type: 'Programmed' });
  });

  test('of two owners the one that took over last counts', () => {
    const reports = reported.reports.map((report) => ({
      ...report,
      status: {
        ...report.status,
        groups: [
          {
            group: 1,
            role: 'Owner' as const,
            since: report.metadata.name === 'node-3' ? '2026-01-02T00:00:01Z' : '2026-01-02T00:00:00Z',
          },
        ],
      },
    }));
    expect(compile({ ...placed, reports }).placements[0]?.status.owner).toBe('node-3');
  });

  describe('a newer placement on its way', () => {
    const newer = (more: Partial<Snapshot> = {}) => ({
      ...done,
      placements: done.placements.map((placement) => ({
        ...placement,
        metadata: { ...placement.metadata, generation: 2 },
      })),
      ...more,
    });

    test('leaves what works as it is: its addresses are bound where they were', () => {
      const plan = compile(newer());
      expect(gatewayProgrammed(plan)).toBe('True Programmed: node-2 owns 192.0.2.100');
      expect(plan.gateways[0]?.status.addresses).toHaveLength(1);
      const other = done.placements.map((placement) => ({
        ...placement,
        spec: { ...placement.spec, failover: { ...placement.spec.failover, advertMilliseconds: 10 } },
      }));
      expect(gatewayProgrammed(compile({ ...done, placements: other }))).toMatch(/^True/);
    });

    test('is awaited where the owner never had one, failed, or has not bound the address before', () => {
      const awaited = 'False Pending: waiting for owner node-2 to apply placement generation 2';
      expect(gatewayProgrammed(compile(newer({ reports: said(done.reports, 'node-2', { placement: 0 }) })))).toBe(
        awaited,
      );
      const unbound = done.gateways.map((one) => ({ ...one, status: { ...one.status, addresses: [] } }));
      expect(gatewayProgrammed(compile(newer({ gateways: unbound })))).toBe(awaited);
      const failed = said(done.reports, 'node-2', { state: 'Failed', message: 'no nftables' });
      expect(gatewayProgrammed(compile(newer({ reports: failed })))).toMatch(/^False .*no nftables/);
    });
  });

  describe('Degraded', () => {
    const degraded = (more: Partial<Snapshot>) =>
      find(compile({ ...reported, ...more }).gateways[0]?.status.conditions, 'sallyport.dev/Degraded');
    const events = (more: Partial<Snapshot>) => compile({ ...reported, ...more }).events.map(({ reason }) => reason);
    const silent = { reports: without(reported.reports, 'node-3') };
    const fault = {
      reports: reported.reports.map((report) =>
        report.metadata.name === 'node-3'
          ? { ...report, status: { ...report.status, groups: [{ group: 1, role: 'Fault' as const }] } }
          : report,
      ),
    };
    const down = {
      nodes: reported.nodes.map((node) =>
        node.metadata.name === 'node-3' ? { ...node, status: { ...node.status, ready: false } } : node,
      ),
    };

    test('is False while a Ready candidate stands by', () => {
      expect(degraded({})).toBe('False StandbyReady: ready to take over: node-3');
    });

    const flows = (owner: FlowsOf, standby: FlowsOf) => ({
      reports: reported.reports.map((report) => ({
        ...report,
        status: {
          ...report.status,
          groups: (report.status?.groups ?? []).map((group) => {
            const each = group.role === 'Owner' ? owner : standby;
            return each === undefined ? group : { ...group, flows: each };
          }),
        },
      })),
    });

    test('is True until the standby holds the flows, which is no event', () => {
      expect(degraded(flows(undefined, 'Syncing'))).toBe(
        'True StandbySyncing: node-3 ready to take over, but without copies of all established flows yet',
      );
      expect(events(flows(undefined, 'Syncing'))).not.toContain('StandbySyncing');
      expect(degraded(flows(undefined, 'Synced'))).toBe('False StandbyReady: ready to take over: node-3');
    });

    test('is True where conntrackd does not run, and says where', () => {
      expect(degraded(flows(undefined, 'None'))).toMatch(/^True NotReplicated: .* does not run on node-3;/);
      expect(degraded(flows('None', 'Synced'))).toMatch(/^True NotReplicated: .* does not run on node-2;/);
      expect(degraded(flows('None', 'None'))).toMatch(/^True NotReplicated: .* does not run on node-2, node-3;/);
      expect(events(flows(undefined, 'None'))).toContain('NotReplicated');
    });

    test('is True while one has not said yet, which is no event', () => {
      expect(degraded(silent)).toBe('True StandbyPending: no standby is ready yet: waiting for node-3 to report');
      expect(events(silent)).not.toContain('NoStandby');
    });

    test('is True when all have said no, or their node is not Ready whatever it said, which is one', () => {
      const nobody = 'True NoStandby: no standby is ready among the candidates node-2, node-3';
      expect(degraded(fault)).toBe(nobody);
      expect(events(fault)).toContain('NoStandby');
      expect(degraded(down)).toMatch(/^True (NoStandby|StandbyPending)/);
      expect(degraded({ ...down, nodes: down.nodes.filter(({ metadata }) => metadata.name !== 'node-1') })).toBe(
        nobody,
      );
    });
  });
});

describe('a route is programmed', () => {
  test('when every node that reports the Gateway has its rules and the window is over', () => {
    const early = compile(reported);
    expect(routeProgrammed(early)).toBe('False Pending: programmed on 2 of 2 nodes; more may report');
    // Three nodes: 20 ms, and 300 ms on the way.
    expect(early.recheckAt).toBe(reported.now + 320);
    expect(routeProgrammed(compile({ ...reported, now: reported.now + 319 }))).toContain('False Pending');
    expect(routeProgrammed(compile({ ...reported, now: reported.now + 320 }))).toBe(
      'True Programmed: programmed on 2 of 2 nodes',
    );
  });

  test('not while a node has older rules', () => {
    const reports = said(reported.reports, 'node-1', { ruleSets: 'older' });
    const plan = compile({ ...reported, now: reported.now + 10_000, reports });
    expect(routeProgrammed(plan)).toBe('False Pending: programmed on 1 of 2 nodes, waiting for node-1');
  });

  test('not while the rules are being published', () => {
    expect(routeProgrammed(compile({ ...reported, ruleSets: [] }))).toBe(
      'False Pending: the compiled rules are being published',
    );
    expect(routeProgrammed(compile({ ...reported, publishedAt: new Map() }))).toBe(
      'False Pending: the compiled rules are being published',
    );
  });

  test('not without its Gateway', () => {
    expect(routeProgrammed(compile({ ...reported, reports: [] }))).toContain(
      'False Pending: Gateway platform/partners is not programmed (waiting for',
    );
  });

  test('and stays so for its generation, message and all', () => {
    expect(routeProgrammed(compile(done))).toBe('True Programmed: programmed on 2 of 2 nodes');
    for (const changed of [
      { reports: said(done.reports, 'node-1', { ruleSets: 'older' }) },
      { reports: said(done.reports, 'node-2', { placement: 0 }) },
      { reports: without(done.reports, 'node-3') },
      { ruleSets: [] },
    ]) {
      expect(routeProgrammed(compile({ ...done, ...changed }))).toBe('True Programmed: programmed on 2 of 2 nodes');
    }
  });

  test('until a node reports a failure, the Gateway loses its place, or the route changes', () => {
    const failed = said(done.reports, 'node-1', { state: 'Failed', message: 'no memory' });
    expect(routeProgrammed(compile({ ...done, reports: failed }))).toBe('False Pending: node-1 failed: no memory');
    const unplaced = gateway('platform/partners', { addresses: [{ value: '198.51.100.1' }] });
    expect(routeProgrammed(compile({ ...done, gateways: [unplaced] }))).toContain(
      'False Pending: Gateway platform/partners',
    );
    const [first] = done.routes;
    if (first === undefined) throw new Error('no route');
    const edited = { ...first, metadata: { ...first.metadata, generation: 2 } };
    const plan = compile({ ...done, routes: [edited], reports: said(done.reports, 'node-1', { ruleSets: 'older' }) });
    expect(routeProgrammed(plan)).toContain('False Pending');
  });
});

describe('conditions', () => {
  test('lastTransitionTime moves with the status only, observedGeneration with the generation', () => {
    const [first] = done.gateways;
    if (first === undefined) throw new Error('no Gateway');
    const edited = { ...first, metadata: { ...first.metadata, generation: 2 } };
    const plan = compile({ ...done, now: done.now + 60_000, gateways: [edited], reports: [] });
    const conditions = plan.gateways[0]?.status.conditions ?? [];
    expect(conditions.every(({ observedGeneration }) => observedGeneration === 2)).toBe(true);
    expect(conditions.find(({ type }) => type === 'Accepted')?.lastTransitionTime).toBe('2026-01-02T03:04:05Z');
    expect(conditions.find(({ type }) => type === 'Programmed')?.lastTransitionTime).toBe('2026-01-02T03:05:15Z');
  });

  test('an event comes with the change and not again', () => {
    const first = compile(start).events.map(({ reason, regarding }) => `${regarding.kind} ${reason}`);
    expect(first).toContain('Gateway Accepted');
    expect(compile(done).events).toEqual([]);
    const orphan = compile({ ...done, routes: [route('shop/orphan', 'platform/nothing')] });
    expect(orphan.events).toEqual([
      expect.objectContaining({
        type: 'Warning',
        reason: 'NoParent',
        regarding: expect.objectContaining({ uid: 'uid-shop-orphan' }),
      }),
    ]);
  });
});

describe('a candidate that cannot own', () => {
  const inGroup = (reports: Reports, node: string, words: object): Reports =>
    reports.map((report) =>
      report.metadata.name === node
        ? {
            ...report,
            status: { ...report.status, groups: report.status?.groups?.map((one) => ({ ...one, ...words })) ?? [] },
          }
        : report,
    );
  const degraded = (reports: Reports) =>
    find(compile({ ...done, reports }).gateways[0]?.status.conditions, 'sallyport.dev/Degraded');
  const message = 'interface eth1 does not exist on this node';

  test('is named with its reason, by Degraded and where nobody owns', () => {
    const standby = inGroup(done.reports, 'node-3', { role: 'Fault', message });
    expect(degraded(standby)).toBe(
      `True NoStandby: no standby is ready among the candidates node-2, node-3; node-3: ${message}`,
    );
    const both = inGroup(standby, 'node-2', { role: 'Fault', message });
    expect(gatewayProgrammed(compile({ ...done, reports: both }))).toBe(
      `False Pending: waiting for one of node-2, node-3 to own failover group 1; node-2: ${message}; node-3: ${message}`,
    );
  });

  const cutOff = { cutOff: ['IPv4'], message: 'no BGP session with 192.0.2.1' };

  test('an address that leads nowhere from its owner is not programmed, and stays bound; one of the other family is', () => {
    const plan = compile({ ...done, reports: inGroup(done.reports, 'node-2', cutOff) });
    expect(gatewayProgrammed(plan)).toBe(
      'False Pending: waiting for a way for 192.0.2.100: node-2: no BGP session with 192.0.2.1',
    );
    expect(plan.gateways[0]?.status.addresses.map(({ value }) => value)).toEqual(['192.0.2.100']);
    const other = inGroup(done.reports, 'node-2', { ...cutOff, cutOff: ['IPv6'] });
    expect(gatewayProgrammed(compile({ ...done, reports: other }))).toMatch(/^True/);
    // A standby takes nobody's way.
    expect(gatewayProgrammed(compile({ ...done, reports: inGroup(done.reports, 'node-3', cutOff) }))).toMatch(/^True/);
  });

  test('a standby from which an address would lead nowhere is a degraded one', () => {
    expect(degraded(inGroup(done.reports, 'node-3', cutOff))).toBe(
      'True StandbyCutOff: node-3 ready to take over, but without a way for some addresses: node-3: no BGP session with 192.0.2.1',
    );
    expect(degraded(inGroup(done.reports, 'node-3', { ...cutOff, cutOff: ['IPv6'] }))).toMatch(/^False/);
    expect(degraded(done.reports)).toMatch(/^False/);
  });
});
