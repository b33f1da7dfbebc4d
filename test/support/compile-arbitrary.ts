import fc from 'fast-check';
import type { Gateway } from '../../src/api/gateway.ts';
import type { EgressRoute } from '../../src/api/kinds.ts';
import { apiGroup, listenerProtocol, poolAddressType } from '../../src/api/names.ts';
import type { Snapshot } from '../../src/compile/snapshot.ts';
import {
  cluster,
  clusterRoute,
  egressClass,
  gateway,
  meta,
  namespace,
  node,
  now,
  pool,
  route,
  snapshot,
} from './objects.ts';

// Few names and addresses, so that objects meet: that is where allocation goes wrong.
const names = ['a', 'b', 'c', 'd'] as const;
const name = fc.constantFrom(...names);
const age = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z');

const address = fc.oneof(
  fc
    .constantFrom(
      '192.0.2.100',
      '192.0.2.101',
      '192.0.2.102',
      '192.0.2.11',
      '198.51.100.1',
      '2001:db8::1',
      '',
      'nonsense',
    )
    .map((value) => ({ value })),
  fc.constantFrom('lab', 'six', 'none').map((value) => ({ type: poolAddressType, value })),
  fc.record(
    { type: fc.constantFrom('Hostname', 'IPAddress'), value: fc.constant('192.0.2.103') },
    { requiredKeys: ['value'] },
  ),
);

const listener = fc.record(
  {
    name: name,
    port: fc.constantFrom(1, 2),
    protocol: fc.constantFrom(listenerProtocol, listenerProtocol, listenerProtocol, 'HTTP'),
    allowedRoutes: fc.record(
      {
        kinds: fc.array(
          fc.record({
            group: fc.constantFrom(apiGroup, 'other'),
            kind: fc.constantFrom('EgressRoute', 'ClusterEgressRoute', 'HTTPRoute'),
          }),
          { maxLength: 2 },
        ),
        namespaces: fc.record({ from: fc.constantFrom('Same', 'All', 'Selector', 'None') }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['name', 'port', 'protocol'] },
);

const gatewayArbitrary: fc.Arbitrary<Gateway> = fc
  .record({
    namespace: name,
    name,
    age,
    addresses: fc.option(fc.array(address, { maxLength: 3 }), { nil: undefined }),
    listeners: fc.uniqueArray(listener, { minLength: 1, maxLength: 2, selector: (entry) => entry.name }),
    parameters: fc.constantFrom(undefined, undefined, undefined, 'missing'),
  })
  .map(({ namespace: space, name: own, age: creationTimestamp, addresses, listeners, parameters }) => {
    const ref = { group: apiGroup, kind: 'EgressGatewayParameters', name: 'missing' };
    const spec = {
      listeners,
      ...(addresses === undefined ? {} : { addresses }),
      ...(parameters === undefined ? {} : { infrastructure: { parametersRef: ref } }),
    };
    return gateway(`${space}/${own}`, spec, { creationTimestamp });
  });

const match: fc.Arbitrary<EgressRoute['spec']['rules'][number]> = fc.record(
  {
    matches: fc.array(
      fc.record({
        destinations: fc.array(
          fc.oneof(
            fc.constantFrom('203.0.113.0/24', '203.0.113.1/24', '0.0.0.0/0', 'x').map((cidr) => ({ cidr })),
            fc.constant({ hostname: 'a.example.com' }),
          ),
          { minLength: 1, maxLength: 2 },
        ),
      }),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
);

const routeSpec = fc.record({ rules: fc.array(match, { minLength: 1, maxLength: 3 }) });

const routes = fc
  .uniqueArray(fc.record({ namespace: name, name, parent: fc.tuple(name, name), spec: routeSpec }), {
    maxLength: 5,
    selector: (entry) => `${entry.namespace}/${entry.name}`,
  })
  .map((list) => list.map((entry) => route(`${entry.namespace}/${entry.name}`, entry.parent.join('/'), entry.spec)));

const clusterRoutes = fc
  .uniqueArray(fc.record({ name, parent: fc.tuple(name, name), spec: routeSpec }), {
    maxLength: 2,
    selector: (entry) => entry.name,
  })
  .map((list) => list.map((entry) => clusterRoute(entry.name, entry.parent.join('/'), entry.spec)));

const nodes = fc
  .uniqueArray(fc.record({ place: fc.integer({ min: 1, max: 5 }), ready: fc.boolean() }), {
    maxLength: 4,
    selector: (entry) => entry.place,
  })
  .map((list) => list.map(({ place, ready }) => node(`node-${place}`, `192.0.2.${10 + place}`, { ready })));

/** What earlier controllers may have left: claims and numbers, right, stale or of holders that are gone. */
const leftovers = fc.record({
  claims: fc
    .uniqueArray(
      fc.record({
        address: fc.constantFrom('192.0.2.100', '192.0.2.101', '192.0.2.102', '192.0.2.103'),
        holder: fc.tuple(name, name),
        age: fc.integer({ min: 0, max: 900 }),
        resting: fc.boolean(),
      }),
      { maxLength: 4, selector: (entry) => entry.address },
    )
    .map((list) => list.map(toClaim)),
  groups: fc.uniqueArray(
    fc.record({
      group: fc.integer({ min: 1, max: 14 }),
      key: fc.constantFrom('egress/default/Default/false/0', 'old/key'),
    }),
    { maxLength: 2, selector: (entry) => entry.group },
  ),
  identities: fc.uniqueArray(
    fc.record({
      id: fc.constantFrom(513, 514, 1025, 1026),
      holder: fc.tuple(name, name).map(([space, own]) => `uid-${space}-${own}/192.0.2.100`),
    }),
    { maxLength: 3, selector: (entry) => entry.id },
  ),
});

interface Leftover {
  readonly address: string;
  readonly holder: readonly [string, string];
  readonly age: number;
  readonly resting: boolean;
}

function toClaim({ address: value, holder: [space, own], age: seconds, resting }: Leftover) {
  const time = (milliseconds: number) => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
  const until = resting ? { quarantinedUntil: time(now + 600_000 - seconds * 1000) } : {};
  const holder = { uid: `uid-${space}-${own}`, namespace: space, name: own };
  return {
    metadata: meta(value),
    spec: { address: value, holder, pool: 'lab', since: time(now - 3_600_000), ...until },
  };
}

/** Snapshots in which objects quarrel: same addresses, small pools, dangling references, stale allocations. */
export const snapshotArbitrary: fc.Arbitrary<Snapshot> = fc
  .record({
    gateways: fc.uniqueArray(gatewayArbitrary, { maxLength: 6, selector: ({ metadata }) => metadata.uid }),
    routes,
    clusterRoutes,
    nodes,
    leftovers,
    pool: fc.constantFrom(['192.0.2.100-192.0.2.102'], ['192.0.2.100'], ['192.0.2.96/28']),
    six: fc.boolean(),
    broken: fc.boolean(),
  })
  .map(({ leftovers: { claims, groups, identities }, pool: addresses, six, broken, ...objects }) => {
    const pools = [pool('lab', addresses), ...(six ? [pool('six', ['2001:db8::/126'])] : [])];
    return snapshot({
      ...objects,
      claims,
      cluster: cluster({}, { groups, identities }),
      pools: broken ? [...pools, pool('broken', ['nonsense'])] : pools,
      egressClasses: [egressClass()],
      namespaces: names.map((entry) => namespace(entry)),
    });
  });

/** The snapshot with every list in another order. */
export function shuffled(original: Snapshot): fc.Arbitrary<Snapshot> {
  const lists = Object.entries(original).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  const orders = lists.map(([, list]) => fc.shuffledSubarray(list, { minLength: list.length }));
  return fc.tuple(...orders).map((mixed) => ({
    ...original,
    ...Object.fromEntries(lists.map(([key], index) => [key, mixed[index]])),
  }));
}
