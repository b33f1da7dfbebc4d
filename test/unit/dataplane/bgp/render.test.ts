import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodePlan, PlanGroup } from '../../../../src/compile/node-plan.ts';
import { type BgpPlan, bgpPlanOf, parseBgpPlan, renderBgpPlan } from '../../../../src/dataplane/bgp/model.ts';
import { renderBird } from '../../../../src/dataplane/bgp/render.ts';
import { hopQuestion } from '../../../../src/dataplane/vrrp/next-hops.ts';
import { withUnknownFields } from '../../../support/unknown-fields.ts';

const node = { name: 'node-1', index: 700, address4: '192.0.2.11', mac: '02:ec:00:00:00:01' };
const router = { address: '192.0.2.1', asn: 65_000, bfd: false };
const vrrp = { virtualRouterId: 1, priority: 200, advertMilliseconds: 100, preempt: false };
const group = (number: number, peers: readonly (typeof router)[], egressAddresses: readonly string[]): PlanGroup => ({
  group: number,
  tunnel: `198.19.255.${240 + number}`,
  candidates: [],
  vrrp: { ...vrrp, egressAddresses, bgp: { localAsn: 65_001, peers } },
});
const planOf = (groups: readonly PlanGroup[], at: NodePlan['node'] = node) => bgpPlanOf({ node: at, groups });
const routed = planOf([group(1, [router], ['172.29.7.16', '2001:db8:77::10'])]);
if (routed === undefined) throw new Error('no plan');
const plan: BgpPlan = routed;

describe('the plan', () => {
  test('no peers, nothing to announce', () => {
    const { bgp: _, ...plain } = group(1, [router], []).vrrp ?? { ...vrrp, egressAddresses: [] };
    expect(
      planOf([
        { group: 1, candidates: [], vrrp: plain },
        { group: 2, candidates: [] },
      ]),
    ).toBeUndefined();
  });

  test('is read as it was written, and nothing else is', () => {
    expect(parseBgpPlan(renderBgpPlan(plan))).toEqual(plan);
    expect(parseBgpPlan(renderBgpPlan(withUnknownFields(plan)))).toEqual(plan);
    for (const text of ['', '[]', '{}', 'null', renderBgpPlan({ ...plan, routerId: 'x' })])
      expect(() => parseBgpPlan(text)).toThrow(SyntaxError);
    for (const address of ['192.0.2.1; }', '', 'a'])
      expect(() => parseBgpPlan(renderBgpPlan({ ...plan, peers: [{ ...router, localAsn: 1, address }] }))).toThrow(
        'bgp.json: peers',
      );
    for (const asn of [0, 2 ** 32, 1.5])
      expect(() => parseBgpPlan(renderBgpPlan({ ...plan, peers: [{ ...router, localAsn: 1, asn }] }))).toThrow();
  });

  test('a peer has one session; a group that wants it otherwise is without', () => {
    const other = planOf([group(1, [router], []), group(2, [router], []), group(3, [{ ...router, asn: 65_009 }], [])]);
    expect(other?.peers).toEqual([{ ...router, localAsn: 65_001 }]);
    expect(other?.groups.map(({ peers }) => peers)).toEqual([['192.0.2.1'], ['192.0.2.1'], []]);
  });

  test('a node without IPv4 has a router id by its index', () => {
    const { address4: _, ...ipv6 } = node;
    expect(planOf([group(1, [router], [])], ipv6)?.routerId).toBe('0.1.2.188');
  });

  test("the sessions take the next hop's place: nobody is asked by ARP", () => {
    expect(hopQuestion(group(3, [router], ['172.29.7.16']), 'eth0')).toEqual({
      name: 'bgp-group-3',
      device: 'eth0',
      addresses: [],
      families: [4],
    });
  });
});

describe('bird.conf', () => {
  const med = (since: number, leaving = false) =>
    Number(/bgp_med = (\d+)/.exec(renderBird(plan, [{ group: 1, since, leaving }]))?.[1]);

  test('who does not own announces nothing, and still has its sessions', () => {
    const text = renderBird(plan, []);
    expect(text).not.toContain('172.29.7.16');
    expect(text).toContain('neighbor 192.0.2.1 as 65000;');
  });

  test('of two who announce an address the last owner is preferred', () => {
    expect(med(1_800_000_001)).toBeLessThan(med(1_800_000_000));
    expect(med(1_800_000_000, true)).toBe(med(1_800_000_000));
    expect([med(-5), med(2 ** 40)]).toEqual([0xffff_ffff, 0]);
  });

  test('who leaves says so (RFC 8326)', () => {
    const of = (leaving: boolean) => renderBird(plan, [{ group: 1, since: 1, leaving }]);
    expect(of(true)).toContain('bgp_community.add((65535, 0));');
    expect(of(false)).not.toContain('bgp_community');
  });

  test('a peer is told of its own family, and of the groups that name it', () => {
    const two = planOf([
      group(1, [router], ['172.29.7.16', '2001:db8:77::10']),
      group(2, [{ ...router, address: '192.0.2.9' }], ['172.29.7.17']),
    ]);
    const all = [1, 2].map((number) => ({ group: number, since: 1, leaving: false }));
    const [, first = '', second = ''] = renderBird(two ?? plan, all).split('protocol bgp');
    expect([
      first.includes('172.29.7.16/32'),
      first.includes('2001:db8:77::10'),
      first.includes('172.29.7.17'),
    ]).toEqual([true, false, false]);
    expect([second.includes('172.29.7.16'), second.includes('172.29.7.17/32')]).toEqual([false, true]);
  });

  test('nothing of the plan gets into it unread', () => {
    const words = fc.oneof(
      fc.string(),
      fc.constantFrom('192.0.2.1; }', '192.0.2.1/32, 0.0.0.0/0', '::1%x', '1.2.3.4\n', 'fe80::1 {'),
    );
    const hostile = fc.record({
      routerId: words,
      address: words,
      egress: words,
      asn: fc.oneof(fc.double(), fc.integer()),
    });
    const safe = /^[\w .:/;{}[\]~,=()"*#-]*$/;
    fc.assert(
      fc.property(hostile, ({ routerId, address, egress, asn }) => {
        const bad: BgpPlan = {
          routerId,
          groups: [{ group: 1, address: '198.19.255.241', egress: [egress], peers: [address] }],
          peers: [{ address, asn, localAsn: asn, bfd: true }],
        };
        const lines = renderedOrRefused(bad)?.split('\n') ?? [];
        expect(lines.filter((line) => !safe.test(line))).toEqual([]);
        // A statement more would be a line, a brace or a semicolon more.
        if (lines.length > 0) expect(count(lines)).toEqual(count(renderBird(likely(bad), announced).split('\n')));
      }),
    );
  });

  const announced = [{ group: 1, since: 1, leaving: false }];
  const renderedOrRefused = (bad: BgpPlan) => {
    try {
      return renderBird(bad, announced);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      return undefined;
    }
  };
  const likely = ({ peers, groups }: BgpPlan): BgpPlan => {
    const like = (text = '') => (text.includes(':') ? '2001:db8::1' : '192.0.2.1');
    const address = like(peers[0]?.address);
    return {
      routerId: '192.0.2.1',
      groups: groups.map((each) => ({ ...each, peers: [address], egress: [like(each.egress[0])] })),
      peers: peers.map((peer) => ({ ...peer, address, asn: 1, localAsn: 1 })),
    };
  };
  const count = (lines: readonly string[]) => [
    lines.length,
    ...['{', '}', ';'].map((mark) => lines.join('').split(mark).length),
  ];
});
