import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { diffRoutes } from '../../src/dataplane/route/diff.ts';
import type { Routing } from '../../src/dataplane/route/exec.ts';
import type { RouteState } from '../../src/dataplane/route/model.ts';
import { noRoutes, owned, routeState } from './route-arbitrary.ts';

/** One routing to try, and the hands of somebody else on it. */
export interface RoutingUnderTest {
  readonly routing: Routing;
  /** One line for `ip -4`, `ip -6` or `bridge`. */
  intrude(tool: 'ip4' | 'ip6' | 'bridge', line: string): Promise<void>;
}

const sample: RouteState = {
  ...noRoutes,
  links: [
    {
      kind: 'vxlan',
      name: 'egress0',
      mac: '02:ec:00:00:00:01',
      mtu: 1450,
      up: true,
      vni: 4096,
      port: 8479,
      local: '192.0.2.11',
    },
  ],
  addresses: [{ device: 'egress0', address: '169.254.77.2/32', scope: 'link' }],
  neighbours: [{ device: 'egress0', address: '169.254.77.1', mac: '02:eb:00:00:00:00' }],
  fdb: [{ device: 'egress0', mac: '02:eb:00:00:02:01', destination: '198.19.255.241' }],
  routes: [
    {
      family: 4,
      table: 1000,
      destination: '0.0.0.0/0',
      kind: 'unicast',
      via: '169.254.77.1',
      device: 'egress0',
      onlink: true,
    },
    { family: 4, table: 1000, destination: '0.0.0.0/0', kind: 'unreachable', metric: 9999 },
  ],
  rules: [{ family: 4, priority: 100, table: 1000, mark: { value: 0x200, mask: 0x1e00 } }],
};

/** What the real routing and the fake both keep. */
export function routeContract(start: () => Promise<RoutingUnderTest>, runs: number): void {
  let routing: Routing;
  let intrude: RoutingUnderTest['intrude'];
  const become = async (desired: RouteState) => {
    const batches = diffRoutes(await routing.read(owned), desired);
    expect(await routing.apply(batches)).toEqual([]);
    return batches;
  };
  beforeEach(async () => {
    ({ routing, intrude } = await start());
    await become(noRoutes);
  });

  it('turns any state into any other', async () => {
    await fc.assert(
      fc.asyncProperty(routeState, routeState, async (first, second) => {
        for (const state of [noRoutes, first, second]) {
          // The kernel forgets a device's neighbours and routes with its last IPv4 address: that takes a second look.
          await become(state);
          await become(state);
          expect(sorted(await routing.read(owned))).toEqual(sorted(state));
          expect(diffRoutes(await routing.read(owned), state)).toEqual([]);
        }
      }),
      { numRuns: runs, includeErrorInReport: true },
    );
  });

  it('runs the other lines when one fails, and names it', async () => {
    await become(sample);
    const good = 'route replace unreachable 203.0.113.0/24 table 1000 proto 84';
    const lines = ['route del unicast 192.0.2.77/32 table 1000 proto 84', good];
    const failures = await routing.apply([{ tool: 'ip4', lines }]);
    expect(failures).toMatchObject([{ tool: 'ip4', line: lines[0] }]);
    expect((await routing.read(owned)).routes).toContainEqual({
      family: 4,
      table: 1000,
      destination: '203.0.113.0/24',
      kind: 'unreachable',
    });
  });

  it('neither sees nor touches what is not ours', async () => {
    await intrude('ip4', 'route replace unicast 198.51.100.0/24 dev eth0 table 254 proto 4');
    await intrude('ip4', 'rule add priority 95 fwmark 0x200/0x1e00 table 1001');
    await become(sample);
    expect(sorted(await routing.read(owned))).toEqual(sorted(sample));
    await become(noRoutes);
    expect(
      await routing.apply([{ tool: 'ip4', lines: ['rule del priority 95 fwmark 0x200/0x1e00 table 1001'] }]),
    ).toEqual([]);
    await intrude('ip4', 'route del unicast 198.51.100.0/24 dev eth0 table 254 proto 4');
  });

  describe('what somebody else did', () => {
    it.each([
      ['a device deleted', 'ip4', 'link del dev egress0'],
      ['a device taken down', 'ip4', 'link set dev egress0 down'],
      ['another MTU', 'ip4', 'link set dev egress0 mtu 1500'],
      ['an address removed', 'ip4', 'address del 169.254.77.2/32 dev egress0'],
      ['an address added', 'ip4', 'address replace 10.9.9.9/32 dev egress0 scope global'],
      ['a route removed', 'ip4', 'route del unreachable 0.0.0.0/0 table 1000 proto 84 metric 9999'],
      [
        'a route changed',
        'ip4',
        'route replace unicast 0.0.0.0/0 via 169.254.77.7 dev egress0 onlink table 1000 proto 84',
      ],
      ['a rule removed', 'ip4', 'rule del priority 100 fwmark 0x200/0x1e00 table 1000'],
      ['a rule added', 'ip4', 'rule add priority 101 fwmark 0x1/0x1 table 254 protocol 4'],
      ['a neighbour changed', 'ip4', 'neigh replace 169.254.77.1 lladdr 02:00:00:00:00:01 nud permanent dev egress0'],
      ['a forwarding entry removed', 'bridge', 'fdb del 02:eb:00:00:02:01 dev egress0 dst 198.19.255.241'],
    ] as const)('is seen, told and undone: %s', async (_what, tool, line) => {
      await become(sample);
      let changes = 0;
      const end = new AbortController();
      const done = routing.watch({ owned, signal: end.signal, onChange: () => (changes += 1) });
      await expect.poll(() => changes, { timeout: 5000, interval: 5 }).toBeGreaterThan(0);
      const before = changes;
      await intrude(tool, line);
      await expect.poll(() => changes, { timeout: 5000, interval: 5 }).toBeGreaterThan(before);
      end.abort();
      await done;
      expect((await become(sample)).length).toBeGreaterThan(0);
      expect(sorted(await routing.read(owned))).toEqual(sorted(sample));
    });
  });
}

function sorted(state: RouteState): Readonly<Record<string, readonly string[]>> {
  const text = (entry: object) =>
    JSON.stringify(Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1))));
  return Object.fromEntries(Object.entries(state).map(([name, list]) => [name, list.map(text).sort()]));
}
