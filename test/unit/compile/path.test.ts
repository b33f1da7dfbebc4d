import { describe, expect, it, test } from 'vitest';
import type { EgressNodeReport, ReportedGateway } from '../../../src/api/kinds.ts';
import { compile } from '../../../src/compile/compile.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { settleAll } from '../../support/apply-plan.ts';
import { gateway, pool, snapshot } from '../../support/objects.ts';

type Probe = NonNullable<ReportedGateway['probe']>;
const done = settleAll(
  snapshot({ gateways: [gateway('platform/partners')], pools: [pool('lab', ['192.0.2.100-192.0.2.109'])] }),
).snapshot;
const [entry] = done.reports.flatMap(({ status }) => status?.gateways ?? []);
const nodes = done.reports.map(({ metadata }) => metadata.name).toSorted();
const [first = '', second = ''] = nodes;
const good: Probe = { result: 'Verified', address: '192.0.2.100', node: 'node-1', mtu: 1450, roundTripMilliseconds: 1 };

/** The settled cluster in which these nodes say this of their probes. */
const saying = (probes: Readonly<Record<string, Probe>>, more: Partial<Snapshot> = {}): Snapshot => ({
  ...done,
  ...more,
  reports: done.reports.map((report): EgressNodeReport => {
    const probe = probes[report.metadata.name];
    if (probe === undefined || entry === undefined) return report;
    const own = report.status?.gateways?.find(({ uid }) => uid === entry.uid) ?? { ...entry, placement: 0 };
    return { ...report, status: { ...report.status, gateways: [{ ...own, probe }] } };
  }),
});
const said = (state: Snapshot) => {
  const plan = compile(state);
  const found = plan.gateways[0]?.status.conditions.find(({ type }) => type === 'sallyport.dev/PathVerified');
  return found === undefined ? 'absent' : `${found.status} ${found.reason}: ${found.message}`;
};

describe('sallyport.dev/PathVerified', () => {
  test('is absent until some node has probed', () => {
    expect(said(done)).toBe('absent');
  });

  test('True when all that probed say so, with the least MTU, and also on the placement', () => {
    const state = saying({ [first]: good, [second]: { ...good, mtu: 1400 } });
    expect(said(state)).toMatch(/^True PathVerified: .* with the right source, packets up to 1400 bytes$/);
    const types = compile(state).placements[0]?.status.conditions?.map(({ type }) => type);
    expect(types).toContain('sallyport.dev/PathVerified');
  });

  describe("with a node whose Pods' packets meet no rule", () => {
    const past =
      (node: string, status: 'True' | 'False' = 'False') =>
      (report: EgressNodeReport) =>
        report.metadata.name === node
          ? {
              ...report,
              status: {
                ...report.status,
                conditions: [
                  {
                    type: 'PodsCaught',
                    status,
                    reason: 'PastNetfilter',
                    message: 'no rule holds',
                    lastTransitionTime: '2026-01-01T00:00:00Z',
                  },
                ],
              },
            }
          : report;
    const words = (node: string, others = '') => `False PodsNotCaught: ${node}: no rule holds${others}`;

    it('is False for every Gateway, probed or not, whatever probes say', () => {
      expect(said({ ...done, reports: done.reports.map(past(first)) })).toBe(words(first));
      const probed = saying({ [first]: good, [second]: good });
      expect(said({ ...probed, reports: probed.reports.map(past(second)) })).toBe(words(second));
    });

    it('names the others', () => {
      const both = done.reports.map(past(first)).map(past(second));
      expect(said({ ...done, reports: both })).toBe(words(first, `; the same on ${second}`));
    });

    it('is not, by the word of a node that is not Ready, or that says so no more', () => {
      const silent = done.nodes.map((node) =>
        node.metadata.name === first ? { ...node, status: { ...node.status, ready: false } } : node,
      );
      expect(said({ ...done, nodes: silent, reports: done.reports.map(past(first)) })).toBe('absent');
      expect(said({ ...done, reports: done.reports.map(past(first, 'True')) })).toBe('absent');
    });
  });

  const bad: readonly [Probe, RegExp][] = [
    [
      { result: 'NotCaught', address: '192.0.2.100', source: '198.18.0.1' },
      /^False NotCaught: NODE: .* 198\.18\.0\.1; .*hostLegacyRouting/,
    ],
    [
      { result: 'WrongSource', address: '192.0.2.100', source: '192.0.2.12', node: 'node-2' },
      /^False WrongSource: NODE: .* node-2 as 192\.0\.2\.12 instead of 192\.0\.2\.100; .*priority/,
    ],
    [{ result: 'NoAnswer', address: '192.0.2.100' }, /^False NoAnswer: NODE: .*192\.0\.2\.100.*FORWARD/],
    [
      { result: 'PathMtu', address: '192.0.2.100', mtu: 1400 },
      /^False PathMtu: NODE: .* more than 1400 bytes .*50 bytes longer/,
    ],
    [{ result: 'Loss', address: '192.0.2.100', lossPercent: 30 }, /^False Loss: NODE: 30 % .*ip -s link/],
  ];
  test.each(bad)(
    '$result of one node outweighs the others: it names the node, what was seen and what to do',
    (probe, words) => {
      const message = said(saying({ [first]: good, [second]: probe }));
      expect(message.replace(second, 'NODE')).toMatch(words);
      expect(message).not.toContain('the same on');
    },
  );

  test('the worst is told, and who else says it', () => {
    const lost: Probe = { result: 'NoAnswer', address: '192.0.2.100' };
    const state = saying({ [first]: lost, [second]: lost, [nodes[2] ?? '']: { ...lost, result: 'Loss' } });
    expect(said(state)).toMatch(new RegExp(`^False NoAnswer: ${first}: .*; the same on ${second}$`));
  });

  test('a node that is not Ready says nothing', () => {
    const lost: Probe = { result: 'NoAnswer', address: '192.0.2.100' };
    const candidates = (done.placements[0]?.spec.candidates ?? []).map(({ node }) => node);
    const other = nodes.find((node) => !candidates.includes(node)) ?? '';
    const asleep = done.nodes.map((node) =>
      node.metadata.name === other ? { ...node, status: { ...node.status, ready: false } } : node,
    );
    expect(said(saying({ [candidates[0] ?? '']: good, [other]: lost }, { nodes: asleep }))).toMatch(/^True/);
    expect(said(saying({ [candidates[0] ?? '']: good, [other]: lost }))).toMatch(/^False/);
  });

  test('Unknown while the Gateway is not Programmed, for then nobody could answer', () => {
    const idle = (report: EgressNodeReport): EgressNodeReport => ({
      ...report,
      status: { ...report.status, groups: [] },
    });
    const state = saying({ [first]: { result: 'NoAnswer', address: '192.0.2.100' } });
    expect(said({ ...state, reports: state.reports.map(idle) })).toMatch(/^Unknown NotProgrammed: .*failover group/);
  });
});
