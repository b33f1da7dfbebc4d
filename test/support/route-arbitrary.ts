import fc from 'fast-check';
import type { Link, Neighbour, Route, RouteOwnership, RouteState, Rule } from '../../src/dataplane/route/model.ts';

/** What the states below use; `eth0` must exist, be up and have 192.0.2.11/24 and 2001:db8:2::11/64. */
export const owned: RouteOwnership = { devices: ['egress0', 'egress6', 'egl0', 'egl1'], priorities: [5, 100, 101] };

/** No state at all. */
export const noRoutes: RouteState = { links: [], addresses: [], routes: [], rules: [], neighbours: [], fdb: [] };

const mtu = fc.constantFrom(1400, 1450);
const vxlan4 = fc
  .record({ mtu, mac: fc.constantFrom('02:ec:00:00:00:01', '02:ec:00:00:00:02'), port: fc.constantFrom(8479, 4790) })
  .map((some): Link => ({ kind: 'vxlan', name: 'egress0', vni: 4096, local: '192.0.2.11', up: true, ...some }));
const vxlan6 = mtu.map(
  (mtu): Link => ({
    kind: 'vxlan',
    name: 'egress6',
    vni: 4096,
    port: 8480,
    local: '2001:db8:2::11',
    mac: '02:ec:00:00:00:01',
    up: true,
    mtu,
  }),
);
const pair = mtu.map((mtu): readonly Link[] => [
  { kind: 'veth', name: 'egl0', peer: 'egl1', mac: '02:ec:00:00:00:01', mtu, up: true },
  { kind: 'veth', name: 'egl1', peer: 'egl0', mac: '02:ed:00:00:00:01', mtu, up: true },
]);

/** A state that the kernel takes: everything hangs on devices that are there and up. */
export const routeState: fc.Arbitrary<RouteState> = fc
  .tuple(fc.option(vxlan4), fc.option(vxlan6), fc.option(pair))
  .map((links) => links.flat().filter((link) => link !== null))
  .chain((links) => {
    const devices = links.map((link) => link.name);
    const tunnels = devices.filter((name) => name.startsWith('egress'));
    return fc.record({
      links: fc.constant(links),
      addresses: fc.subarray(
        devices.flatMap((device, i) => [
          { device, address: `169.254.77.${i + 1}/32`, scope: 'link' as const },
          { device, address: `fe80::${i + 1}/128`, scope: 'link' as const },
        ]),
      ),
      routes: routesOver(devices),
      rules,
      neighbours: neighboursOn(devices),
      fdb: fdbOn(tunnels),
    });
  });

function routesOver(devices: readonly string[]): fc.Arbitrary<readonly Route[]> {
  const hops = devices.flatMap((device): readonly Route[] => [
    { family: 4, table: 1000, destination: '0.0.0.0/0', kind: 'unicast', via: '169.254.77.9', device, onlink: true },
    { family: 4, table: 254, destination: '198.18.0.5/32', kind: 'unicast', via: '169.254.78.1', device, onlink: true },
    { family: 6, table: 1000, destination: '::/0', kind: 'unicast', via: 'fe80::9', device, onlink: true },
    {
      family: 6,
      table: 254,
      destination: 'fd5a:11:9f:1::2/128',
      kind: 'unicast',
      via: 'fe80::9',
      device,
      onlink: true,
    },
  ]);
  const fixed: readonly Route[] = [
    { family: 4, table: 1000, destination: '0.0.0.0/0', kind: 'unreachable', metric: 9999 },
    { family: 4, table: 1001, destination: '0.0.0.0/0', kind: 'unreachable' },
    { family: 6, table: 1000, destination: '::/0', kind: 'unreachable', metric: 9999 },
    { family: 4, table: 1002, destination: '192.0.2.100/32', kind: 'local', device: 'lo' },
    { family: 6, table: 1002, destination: '2001:db8:2::100/128', kind: 'local', device: 'lo' },
    { family: 4, table: 254, destination: '198.19.255.240/28', kind: 'unicast', device: 'eth0', source: '192.0.2.11' },
  ];
  return fc.uniqueArray(fc.constantFrom(...fixed, ...hops), {
    selector: (r) => `${r.table} ${r.destination} ${r.metric ?? ''}`,
    maxLength: 8,
  });
}

const rules: fc.Arbitrary<readonly Rule[]> = fc.subarray([
  { family: 4, priority: 100, table: 1000, mark: { value: 0x200, mask: 0x1e00 } },
  { family: 4, priority: 100, table: 1000, mark: { value: 0x400, mask: 0x1e00 } },
  { family: 4, priority: 101, table: 1000, mark: { value: 7, mask: 0xffffffff }, from: '10.0.0.0/8' },
  { family: 4, priority: 5, table: 1002, incoming: 'eth0', to: '192.0.2.100/32' },
  { family: 6, priority: 100, table: 1000, mark: { value: 0x200, mask: 0x1e00 } },
  { family: 6, priority: 5, table: 1002, incoming: 'eth0', to: '2001:db8:2::100/128' },
]);

function neighboursOn(devices: readonly string[]): fc.Arbitrary<readonly Neighbour[]> {
  const mac = fc.constantFrom('02:eb:00:00:00:00', '02:ec:00:00:00:03');
  const entries = devices.flatMap((device) => ['169.254.77.9', 'fe80::9'].map((address) => ({ device, address })));
  return fc.subarray(entries).chain((some) => fc.tuple(...some.map((entry) => mac.map((mac) => ({ ...entry, mac })))));
}

function fdbOn(tunnels: readonly string[]) {
  const entries = tunnels.flatMap((device) =>
    ['02:eb:00:00:02:01', '02:eb:00:00:02:02', '02:ec:00:00:00:09'].map((mac) => ({ device, mac })),
  );
  return fc.subarray(entries).chain((some) =>
    fc.tuple(
      ...some.map((entry) => {
        const range =
          entry.device === 'egress6' ? ['fd5a:11:9f:ffff::1', 'fd5a:11:9f:ffff::2'] : ['198.19.255.241', '192.0.2.12'];
        return fc.constantFrom(...range).map((destination) => ({ ...entry, destination }));
      }),
    ),
  );
}
