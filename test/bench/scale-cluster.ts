import type { CompiledRule } from '../../src/api/kinds.ts';
import type { Pod } from '../../src/api/pod.ts';
import {
  gateways,
  nodes,
  owner,
  type PodPlace,
  podPlace,
  standby,
  type TestNode,
  third,
} from '../support/dataplane/places.ts';
import { caseOf } from '../support/dataplane/program.ts';
import type { DataplaneCase } from '../support/dataplane-case.ts';

/** How much is programmed on one node. */
export interface ScaleSize {
  readonly pods: number;
  readonly routes: number;
  readonly gateways: number;
  readonly nodes: number;
}

/** The steps of the bench, the goals' size last. */
export const scaleSizes: readonly ScaleSize[] = [
  { pods: 1, routes: 1, gateways: 1, nodes: 3 },
  { pods: 100, routes: 20, gateways: 5, nodes: 10 },
  { pods: 1_000, routes: 200, gateways: 50, nodes: 100 },
  { pods: 10_000, routes: 2_000, gateways: 200, nodes: 500 },
  { pods: 100_000, routes: 10_000, gateways: 500, nodes: 1_000 },
];

/** Of these Pods there are network namespaces; the first two are selected, by one rule and by half of all routes. */
export const scalePods = {
  one: podPlace('one', third, 0),
  many: podPlace('many', third, 1),
  none: podPlace('none', third, 2),
} as const satisfies Readonly<Record<string, PodPlace>>;

/** UDP ports of every route. */
export const scalePorts = { from: 8_000, to: 8_999 };

/** Half of the routes select the Pod `many`, each with destinations and ports of its own; the others belong to teams of Pods that are only addresses. */
export function scaleCase(size: ScaleSize, node: TestNode): DataplaneCase {
  const base = caseOf({ pods: [], rules: {}, placed: ['gw'], more: placements(size) }, node);
  const isPodNode = node === third;
  return {
    ...base,
    nodes: [...base.nodes, ...otherNodes(size)],
    pods: isPodNode ? [...realPods(), ...addressesOnly(size)] : [],
    rules: { gw: gatewayRules(size), ...teamRules(size) },
  };
}

function placements(size: ScaleSize): NonNullable<DataplaneCase['placements']> {
  const candidates = [owner.name, standby.name];
  return Array.from({ length: size.gateways - 1 }, (_, n) => ({
    uid: `g${n + 1}`,
    id: gateways.gw.id + n + 1,
    ipv4: `203.0.${112 + (n >> 8)}.${n & 255}`,
    ipv6: `2001:db8:203::${(n + 1).toString(16)}`,
    candidates,
  }));
}

// Nobody answers for them: they are peers of the gateway node, and members of its sets.
function otherNodes(size: ScaleSize): DataplaneCase['nodes'] {
  return Array.from({ length: Math.max(0, size.nodes - nodes.length) }, (_, n) => ({
    name: `other-${n}`,
    index: 10 + n,
    addresses: [`10.99.${n >> 8}.${n & 255}`, `2001:db8:99::${(n + 1).toString(16)}`],
  }));
}

function realPods(): NonNullable<DataplaneCase['pods']> {
  return Object.entries(scalePods).map(([name, { ip, ip6 }]) => ({ name, ip, ip6, labels: { gateway: name } }));
}

function addressesOnly(size: ScaleSize): NonNullable<DataplaneCase['pods']> {
  const teams = Math.max(1, size.routes >> 1);
  return Array.from({ length: Math.max(0, size.pods - 2) }, (_, n) => ({
    name: `team-${n % teams}-${n}`,
    ip: `100.${64 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`,
    ip6: `fd00:10:245::${((n >> 16) + 1).toString(16)}:${(n & 0xffff).toString(16)}`,
    labels: { team: `${n % teams}` },
  }));
}

/** A Pod that was not there yet, of the first team. */
export function newPod(n: number): Pod {
  const metadata = { name: `new-${n}`, uid: `new-${n}`, namespace: 'shop', resourceVersion: '1', generation: 1 };
  return {
    metadata: { ...metadata, creationTimestamp: '2026-01-01T00:00:00Z', labels: { team: '0' } },
    spec: {},
    status: { phase: 'Running', podIPs: [`100.127.0.${n}`, `fd00:10:246::${n.toString(16)}`] },
  };
}

/** The routes that select the Pod `many`. */
export function routesOfMany({ routes }: ScaleSize): readonly number[] {
  return Array.from({ length: Math.max(1, routes >> 1) }, (_, route) => route);
}

/** The network of a route's first destination. */
export function routeNetwork(route: number): string {
  return `172.${16 + (route >> 8)}.${route & 255}`;
}

function ruleOf(route: number): Partial<CompiledRule> {
  const destinations = [
    { cidr: `${routeNetwork(route)}.0/24`, except: [`${routeNetwork(route)}.64/28`] },
    { cidr: `2001:db8:172:${route.toString(16)}::/64` },
  ];
  const ports = [
    { protocol: 'UDP' as const, port: scalePorts.from, endPort: scalePorts.to },
    { protocol: 'TCP' as const, port: 1_000 + (route % 100) },
  ];
  return { destinations, ports };
}

function gatewayRules(size: ScaleSize): readonly Partial<CompiledRule>[] {
  const one = { podSelector: { matchLabels: { gateway: 'one' } } };
  const many = routesOfMany(size).map((route) => ({
    ...ruleOf(route),
    podSelector: { matchLabels: { gateway: 'many' } },
  }));
  return [one, ...many];
}

function teamRules(size: ScaleSize): NonNullable<DataplaneCase['rules']> {
  const routes = Array.from({ length: size.routes >> 1 }, (_, team) => team);
  const byGateway = Map.groupBy(routes, (team) =>
    size.gateways === 1 ? 'gw' : `g${1 + (team % (size.gateways - 1))}`,
  );
  return Object.fromEntries(
    [...byGateway]
      .filter(([uid]) => uid !== 'gw')
      .map(([uid, teams]) => [
        uid,
        teams.map((team) => ({ ...ruleOf(team), podSelector: { matchLabels: { team: `${team}` } } })),
      ]),
  );
}

/** Where `outside` takes what is sent to any route's destination. */
export const allRoutes = '172.16.0.0/12';
