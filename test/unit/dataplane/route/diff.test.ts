import { describe, expect, it } from 'vitest';
import { diffRoutes } from '../../../../src/dataplane/route/diff.ts';
import type { Link, RouteState } from '../../../../src/dataplane/route/model.ts';

const empty: RouteState = { links: [], addresses: [], routes: [], rules: [], neighbours: [], fdb: [] };
const tunnel: Link = {
  kind: 'vxlan',
  name: 'egress0',
  mac: '02:ec:00:00:00:01',
  mtu: 1450,
  up: true,
  vni: 4096,
  port: 8479,
  local: '192.0.2.11',
};
const pair: readonly Link[] = [
  { kind: 'veth', name: 'egl0', peer: 'egl1', mac: '02:ec:00:00:00:01', mtu: 1450, up: true },
  { kind: 'veth', name: 'egl1', peer: 'egl0', mac: '02:ed:00:00:00:01', mtu: 1450, up: true },
];
const state: RouteState = {
  links: [tunnel],
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
    { family: 6, table: 1000, destination: '::/0', kind: 'unreachable', metric: 9999 },
  ],
  rules: [{ family: 4, priority: 100, table: 1000, mark: { value: 0x200, mask: 0x1e00 } }],
};
const lines = (observed: RouteState, desired: RouteState) =>
  diffRoutes(observed, desired).flatMap((batch) => batch.lines.map((line) => `${batch.tool} ${line}`));

describe('diffRoutes', () => {
  it('gives no batch when nothing differs, in whatever order', () => {
    expect(diffRoutes(state, { ...state, routes: state.routes.toReversed() })).toEqual([]);
  });

  it('makes everything, the rules last', () => {
    expect(lines(empty, state)).toEqual([
      'ip4 link add dev egress0 address 02:ec:00:00:00:01 mtu 1450 type vxlan id 4096 dstport 8479 local 192.0.2.11 nolearning',
      'ip4 link set dev egress0 addrgenmode none',
      'ip4 link set dev egress0 up',
      'ip4 address replace 169.254.77.2/32 dev egress0 scope link',
      'ip4 neigh replace 169.254.77.1 lladdr 02:eb:00:00:00:00 nud permanent dev egress0',
      'ip4 route replace unicast 0.0.0.0/0 via 169.254.77.1 dev egress0 onlink table 1000 proto 84',
      'ip6 route replace unreachable ::/0 table 1000 proto 84 metric 9999',
      'bridge fdb replace 02:eb:00:00:02:01 dev egress0 dst 198.19.255.241',
      'ip4 rule add priority 100 fwmark 0x200/0x1e00 table 1000 protocol 84',
    ]);
  });

  it('removes the rules first and the devices last', () => {
    const gone = lines(state, empty);
    expect(gone[0]).toBe('ip4 rule del priority 100 fwmark 0x200/0x1e00 table 1000');
    expect(gone.filter((line) => line.startsWith('ip4')).at(-1)).toBe('ip4 link del dev egress0');
    expect(gone.join('\n')).not.toContain('neigh del');
  });

  it('replaces in place what keeps its identity', () => {
    const [route, other] = state.routes;
    if (route === undefined || other === undefined) throw new Error('the sample changed');
    expect(lines(state, { ...state, routes: [{ ...route, via: '169.254.77.9' }, other] })).toEqual([
      'ip4 route replace unicast 0.0.0.0/0 via 169.254.77.9 dev egress0 onlink table 1000 proto 84',
    ]);
    expect(lines(state, { ...state, links: [{ ...tunnel, mtu: 1400 }] })).toEqual([
      'ip4 link set dev egress0 mtu 1400',
    ]);
  });

  it('adds the new rule before it removes the old one', () => {
    const rule = { family: 4, priority: 100, table: 1000, mark: { value: 0x400, mask: 0x1e00 } } as const;
    expect(lines(state, { ...state, rules: [rule] })).toEqual([
      'ip4 rule add priority 100 fwmark 0x400/0x1e00 table 1000 protocol 84',
      'ip4 rule del priority 100 fwmark 0x200/0x1e00 table 1000',
    ]);
  });

  it('makes a device anew when its nature changed, with all that was on it', () => {
    const again = lines({ ...state, links: [{ ...tunnel, port: 4789 }] }, state);
    expect(again[0]).toBe('ip4 link del dev egress0');
    expect(again).toContain('ip4 neigh replace 169.254.77.1 lladdr 02:eb:00:00:00:00 nud permanent dev egress0');
    expect(again).toContain('bridge fdb replace 02:eb:00:00:02:01 dev egress0 dst 198.19.255.241');
    expect(again.join('\n')).not.toContain('rule');
  });

  it('makes both ends of a pair by one command, also when a stranger has the name of one', () => {
    const add =
      'ip4 link add dev egl0 address 02:ec:00:00:00:01 mtu 1450 type veth peer name egl1 address 02:ed:00:00:00:01 mtu 1450';
    expect(lines(empty, { ...empty, links: pair }).filter((line) => line.includes('link add'))).toEqual([add]);
    const stranger: Link = { kind: 'other', name: 'egl1', mac: '', mtu: 1500, up: true };
    expect(lines({ ...empty, links: [stranger] }, { ...empty, links: pair }).slice(0, 2)).toEqual([
      'ip4 link del dev egl1',
      add,
    ]);
  });

  it('clears a preference on which somebody put a rule that it has no words for', () => {
    const opaque = { opaque: true, family: 4, priority: 100, table: 0 } as const;
    expect(lines({ ...state, rules: [...state.rules, opaque] }, state)).toEqual([
      'ip4 rule del priority 100',
      'ip4 rule del priority 100',
      'ip4 rule add priority 100 fwmark 0x200/0x1e00 table 1000 protocol 84',
    ]);
  });

  it('removes what somebody added beside the wanted entry', () => {
    const entry = { device: 'egress0', mac: '02:eb:00:00:02:01', destination: '198.51.100.66' };
    expect(lines({ ...state, fdb: [...state.fdb, entry] }, state)).toEqual([
      'bridge fdb del 02:eb:00:00:02:01 dev egress0 dst 198.51.100.66',
    ]);
  });

  it('does not mind the scope of IPv6 addresses, which the kernel chooses', () => {
    const address = (scope: 'link' | 'global') => ({ device: 'egress0', address: 'fd5a:11:9f:1::2/128', scope });
    expect(lines({ ...state, addresses: [address('global')] }, { ...state, addresses: [address('link')] })).toEqual([]);
  });

  it('puts 1,000 peers into one batch of each tool', () => {
    const peers = Array.from({ length: 1000 }, (_, i) => i + 2);
    const mac = (i: number) =>
      `02:ec:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`;
    const desired: RouteState = {
      ...state,
      neighbours: peers.map((i) => ({ device: 'egress0', address: `198.19.${i >> 8}.${i & 255}`, mac: mac(i) })),
      fdb: peers.map((i) => ({ device: 'egress0', mac: mac(i), destination: `192.0.${i >> 8}.${i & 255}` })),
    };
    expect(
      diffRoutes({ ...state, neighbours: [], fdb: [] }, desired).map(({ tool, lines }) => [tool, lines.length]),
    ).toEqual([
      ['ip4', 1000],
      ['bridge', 1000],
    ]);
  });
});
