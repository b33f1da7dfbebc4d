import { describe, expect, test } from 'vitest';
import type { EgressNodeReport, ReportedGroup } from '../../../src/api/kinds.ts';
import { compile } from '../../../src/compile/compile.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { settleAll } from '../../support/apply-plan.ts';
import { gateway, pool, snapshot } from '../../support/objects.ts';

const pools = [pool('lab', ['192.0.2.100-192.0.2.109']), pool('six', ['2001:db8::1'])];
const done = settleAll(snapshot({ gateways: [gateway('platform/partners')], pools })).snapshot;
const [owner = '', standby = ''] = done.placements[0]?.spec.candidates.map(({ node }) => node) ?? [];
const [ownMac, standbyMac, stranger] = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:99'];

/** The settled cluster in which owner and standby say this of their group, too. */
const saying = (
  words: { readonly owner?: object; readonly standby?: object },
  more: Partial<Snapshot> = {},
): Snapshot => {
  const add = (report: EgressNodeReport, fields: object): EgressNodeReport => ({
    ...report,
    status: {
      ...report.status,
      groups: (report.status?.groups ?? []).map((entry): ReportedGroup => ({ ...entry, ...fields })),
    },
  });
  return {
    ...done,
    ...more,
    reports: done.reports.map((report) => {
      if (report.metadata.name === owner) return add(report, { mac: ownMac, ...words.owner });
      return report.metadata.name === standby ? add(report, { mac: standbyMac, ...words.standby }) : report;
    }),
  };
};
/** The standby has applied this generation of the placement, the owner has not; no address was ever in the Gateway's status. */
const notYetClaimed = (state: Snapshot): Snapshot => ({
  ...state,
  gateways: state.gateways.map(({ status: _, ...rest }) => rest),
  reports: state.reports.map((report) => {
    if (report.metadata.name !== owner) return report;
    const gateways = (report.status?.gateways ?? []).map((entry) => ({ ...entry, placement: 0 }));
    return { ...report, status: { ...report.status, gateways } };
  }),
});
const conditions = (state: Snapshot) => {
  const plan = compile(state);
  const said = (type: string) => {
    const found = plan.gateways[0]?.status.conditions.find((condition) => condition.type === type);
    return found === undefined ? 'absent' : `${found.status} ${found.reason}: ${found.message}`;
  };
  return {
    conflict: said('sallyport.dev/AddressConflict'),
    programmed: said('Programmed').split(':')[0],
    why: said('Programmed'),
    addresses: plan.gateways[0]?.status.addresses.length,
    events: plan.events.map(({ reason }) => reason),
    placement: plan.placements[0]?.status.conditions?.map(({ type }) => type),
  };
};
const stolen = { answeredBy: ownMac, answers: [{ address: '192.0.2.100', macs: [ownMac, stranger] }] };

describe('what standbys heard on the wire', () => {
  test('the owner for all addresses: nothing to say', () => {
    expect(conditions(saying({ standby: { answeredBy: ownMac } }))).toMatchObject({
      conflict: 'absent',
      programmed: 'True Programmed',
      events: [],
    });
  });

  test('another host: AddressConflict on Gateway and placement, an event, and it goes on', () => {
    const { conflict, programmed, events, placement } = conditions(saying({ standby: stolen }));
    expect(conflict).toMatch(
      new RegExp(`^True AddressConflict: 192\\.0\\.2\\.100 is also answered by ${stranger}, as ${standby} heard`),
    );
    expect(programmed).toBe('True Programmed');
    expect(events).toEqual(['AddressConflict']);
    expect(placement).toContain('sallyport.dev/AddressConflict');
  });

  test('only another host: that, too', () => {
    expect(conditions(saying({ standby: { answeredBy: stranger } })).conflict).toMatch(/^True AddressConflict/);
  });

  const quiet: readonly [name: string, state: Snapshot][] = [
    ['an old owner: a candidate is no stranger', saying({ standby: { answeredBy: standbyMac } })],
    ['before the owner told its own address', saying({ owner: { mac: undefined }, standby: stolen })],
    [
      'of an address that is not the Gateway’s',
      saying({ standby: { answeredBy: ownMac, answers: [{ address: '192.0.2.1', macs: [stranger] }] } }),
    ],
    [
      'from a node that is not Ready',
      saying(
        { standby: stolen },
        {
          nodes: done.nodes.map((node) =>
            node.metadata.name === standby ? { ...node, status: { ...node.status, ready: false } } : node,
          ),
        },
      ),
    ],
    [
      'from one that heard it under another list of candidates: the last owner may have left it',
      saying(
        { standby: stolen },
        { placements: done.placements.map((each) => ({ ...each, metadata: { ...each.metadata, generation: 2 } })) },
      ),
    ],
    [
      'of an address that the owner has not claimed yet: it asks itself, and will say',
      notYetClaimed(saying({ standby: { answeredBy: stranger } })),
    ],
    ['from one that stands by no longer', saying({ standby: { ...stolen, role: 'Fault' } })],
  ];
  test.each(quiet)('%s: no conflict', (_, state) => {
    expect(conditions(state).conflict).toBe('absent');
  });

  test('what the owner does not claim is not bound, nor Programmed; the others are, and it says who has it and what to do', () => {
    const withheld = [{ address: '192.0.2.100', macs: [stranger] }];
    const state = saying({ owner: { withheld }, standby: { answeredBy: ownMac } });
    const { conflict, programmed, addresses } = conditions(state);
    expect(conflict).toMatch(
      new RegExp(
        `^True AddressConflict: 192\\.0\\.2\\.100 is held by ${stranger}, as ${owner} heard before claiming it`,
      ),
    );
    expect([programmed, addresses]).toEqual(['False AddressNotUsable', 1]);
    const fresh = { ...state, placements: state.placements.map((each) => ({ ...each, status: {} })) };
    expect(compile(fresh).placements[0]?.status.addresses).toEqual(['2001:db8::1']);
  });

  test('what an owner once held stays ours, whoever owns the group now', () => {
    expect(done.placements[0]?.status?.addresses).toEqual(['192.0.2.100', '2001:db8::1']);
    const orphaned = { ...done, reports: [] };
    expect(compile(orphaned).placements[0]?.status.addresses).toEqual(['192.0.2.100', '2001:db8::1']);
  });

  test('what a standby does not claim, or is not this Gateway’s, is no conflict', () => {
    const withheld = [{ address: '192.0.2.100', macs: [ownMac] }];
    expect(conditions(saying({ standby: { withheld } })).conflict).toBe('absent');
    expect(conditions(saying({ owner: { withheld: [{ address: '192.0.2.9', macs: [stranger] }] } })).conflict).toBe(
      'absent',
    );
  });

  test('nobody for one address: not Programmed, though what is bound stays listed', () => {
    const { programmed, why, addresses } = conditions(
      saying({ standby: { answeredBy: ownMac, answers: [{ address: '2001:db8::1', macs: [] }] } }),
    );
    expect(programmed).toBe('False Pending');
    expect(why).toContain(`waiting for 2001:db8::1 to answer on the wire: ${standby} asked in vain`);
    expect(addresses).toBe(2);
  });
});
