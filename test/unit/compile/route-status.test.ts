import { describe, expect, test } from 'vitest';
import type { EgressRoute } from '../../../src/api/kinds.ts';
import { compile } from '../../../src/compile/compile.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { settle } from '../../../src/preview/settle.ts';
import { reportAll, settleAll } from '../../support/apply-plan.ts';
import { clusterRoute, gateway, pool, route, snapshot } from '../../support/objects.ts';

const gateways = [gateway('platform/first'), gateway('platform/second')];
const toFirst = { namespace: 'platform', name: 'first' };
const toSecond = { namespace: 'platform', name: 'second' };
const both = route('shop/both', 'platform/first', { parentRefs: [toFirst, toSecond] });

function conditionsOf(state: Snapshot, name: string, parent = 0): Readonly<Record<string, string>> {
  const plan = compile(state).routes.find(({ ref }) => ref.name === name);
  const conditions = plan?.parents[parent]?.conditions ?? plan?.conditions ?? [];
  return Object.fromEntries(conditions.map(({ type, status, message }) => [type, `${status}: ${message}`]));
}

const withRoute = (state: Snapshot, changed: EgressRoute): Snapshot => ({
  ...state,
  routes: state.routes.map((old) => (old.metadata.uid === changed.metadata.uid ? changed : old)),
});

describe('Programmed', () => {
  const quiet = settleAll(snapshot({ gateways, routes: [both] })).snapshot;

  test('is the winner’s for every parent', () => {
    expect(conditionsOf(quiet, 'both', 0)['Programmed']).toBe('True: programmed on 1 of 1 nodes');
    expect(conditionsOf(quiet, 'both', 1)['Programmed']).toBe(
      'True: traffic leaves through the earlier parent platform/first',
    );
  });

  test('a parent that takes over must be programmed itself, whatever its entry said before', () => {
    const gone = settle({ ...quiet, gateways: quiet.gateways.slice(1) }).snapshot;
    expect(conditionsOf(gone, 'both')['Programmed']).toBe('False: programmed on 0 of 0 nodes; more may report');
    const reported = settleAll(gone).snapshot;
    expect(conditionsOf(reported, 'both')['Programmed']).toBe('True: programmed on 1 of 1 nodes');
  });

  test('stays True when a node meets the route later, for this generation only', () => {
    const slow: Snapshot = {
      ...quiet,
      reports: reportAll(quiet, ['node-1', 'node-3']).reports.map((report) =>
        report.metadata.name === 'node-1'
          ? {
              ...report,
              status: {
                ...report.status,
                gateways: (report.status?.gateways ?? []).map((entry) => ({ ...entry, ruleSets: 'old' })),
              },
            }
          : report,
      ),
    };
    expect(conditionsOf(slow, 'both')['Programmed']).toBe('True: programmed on 1 of 1 nodes');
    const [old] = slow.routes;
    if (old === undefined) throw new Error('no route');
    const edited = withRoute(slow, { ...old, metadata: { ...old.metadata, generation: 2 } });
    expect(conditionsOf(edited, 'both')['Programmed']).toBe('False: programmed on 1 of 2 nodes, waiting for node-1');
  });

  test('waits for every node that has Pods of the namespace, and is alive', () => {
    const withPods = (state: Snapshot, node: string, namespace: string): Snapshot => ({
      ...state,
      reports: state.reports.map((report) =>
        report.metadata.name === node ? { ...report, status: { ...report.status, namespaces: [namespace] } } : report,
      ),
    });
    const start = settleAll(snapshot({ gateways, routes: [] })).snapshot;
    const later = (namespace: string) => {
      const known = withPods(start, 'node-1', namespace);
      return conditionsOf(reported(settle({ ...known, routes: [both] }).snapshot, namespace), 'both')['Programmed'];
    };
    const reported = (state: Snapshot, namespace: string): Snapshot => {
      const waited = { ...reportAll(state, ['node-3']), now: state.now + 10_000 };
      return withPods(waited, 'node-1', namespace);
    };
    expect(later('shop')).toBe('False: programmed on 1 of 2 nodes, waiting for node-1');
    expect(later('team')).toBe('True: programmed on 1 of 1 nodes');
  });

  test('a node that fails turns it False', () => {
    const failing: Snapshot = {
      ...quiet,
      reports: quiet.reports.map((report) => ({
        ...report,
        status: {
          ...report.status,
          gateways: (report.status?.gateways ?? []).map((entry) => ({
            ...entry,
            ...(entry.ruleSets === '' ? {} : { state: 'Failed' as const, message: 'nft said no' }),
          })),
        },
      })),
    };
    expect(conditionsOf(failing, 'both')['Programmed']).toBe('False: node-3 failed: nft said no');
  });

  test('the first accepted parent wins even while it is not programmed', () => {
    const empty = gateway('platform/first', { addresses: [{ value: '203.0.113.1' }] });
    const waiting = settleAll(snapshot({ gateways: [empty, gateway('platform/second')], routes: [both] })).snapshot;
    expect(conditionsOf(waiting, 'both', 0)['Accepted']).toBe('True: attached to egress');
    expect(conditionsOf(waiting, 'both', 0)['Programmed']).toMatch(/^False: Gateway platform\/first is not programmed/);
    expect(conditionsOf(waiting, 'both', 1)['Programmed']).toMatch(/^False: Gateway platform\/first is not programmed/);
    expect(compile(waiting).routes[0]?.sourceAddresses).toEqual([]);
  });
});

describe('parents', () => {
  test('an entry of ours goes with its parentRef, and NoParent with the first parent', () => {
    const quiet = settleAll(snapshot({ gateways, routes: [both] })).snapshot;
    const [old] = quiet.routes;
    if (old === undefined) throw new Error('no route');
    const one = withRoute(quiet, { ...old, spec: { ...old.spec, parentRefs: [toSecond] } });
    expect(compile(one).routes[0]?.parents.map(({ parentRef }) => parentRef)).toEqual([toSecond]);
    const none = withRoute(quiet, { ...old, spec: { ...old.spec, parentRefs: [{ name: 'first' }] } });
    expect(compile(none).routes[0]).toMatchObject({ parents: [], sourceAddresses: [] });
    expect(conditionsOf(none, 'both')).toEqual({
      Accepted:
        'False: no parentRef names a Gateway of sallyport.dev/egress-controller: Gateway shop/first missing or foreign',
    });
    const theirs = { controllerName: 'example.com/other', parentRef: { name: 'first' }, conditions: [] };
    const served = withRoute(none, { ...(none.routes[0] ?? old), status: { parents: [theirs] } });
    expect(compile(served).routes[0]?.conditions).toBeUndefined();
    const back = withRoute(settle(none).snapshot, old);
    expect(compile(back).routes[0]?.conditions).toBeUndefined();
  });

  test.each([
    ['another kind', { ...toFirst, kind: 'Service', group: '' }, 'Service platform/first'],
    ['another group', { ...toFirst, group: 'example.com' }, 'Gateway platform/first of group example.com'],
    ['its own namespace', { name: 'first' }, 'Gateway shop/first'],
  ])('%s is nobody’s Gateway here', (_name, ref, words) => {
    const state = snapshot({ gateways, routes: [route('shop/r', 'a/b', { parentRefs: [ref] })] });
    expect(compile(state).routes[0]?.parents).toEqual([]);
    expect(conditionsOf(state, 'r')['Accepted']).toContain(`: ${words} missing or foreign`);
  });

  test('a ClusterEgressRoute has no namespace to default to', () => {
    const whole = clusterRoute('all', 'platform/first', { parentRefs: [{ name: 'first' }] });
    expect(conditionsOf(snapshot({ gateways, clusterRoutes: [whole] }), 'all')['Accepted']).toContain(
      'spec.parentRefs[0].namespace is missing',
    );
  });
});

test('source addresses are all that the winner’s owner holds, of both families', () => {
  const addresses = [{ value: '192.0.2.103' }, { value: '192.0.2.101' }, { value: '2001:db8::5' }];
  const state = settleAll(
    snapshot({
      gateways: [gateway('platform/first', { addresses }), gateway('platform/second')],
      pools: [pool('lab', ['192.0.2.100-192.0.2.109', '2001:db8::/120'])],
      routes: [both],
    }),
  ).snapshot;
  const own = { controllerName: 'sallyport.dev/egress-controller', parentRef: toFirst, type: 'IPAddress' };
  expect(compile(state).routes[0]?.sourceAddresses).toEqual(
    compile(state).gateways[0]?.status.addresses.map(({ value }) => ({ ...own, value })),
  );
  expect(
    compile(state)
      .routes[0]?.sourceAddresses.map(({ value }) => value)
      .sort(),
  ).toEqual(['192.0.2.101', '192.0.2.103', '2001:db8::5']);
});

describe('Events', () => {
  const hostname = { matches: [{ destinations: [{ hostname: 'a.example.com' }] }] };
  const partial = route('shop/partial', 'platform/first', {
    parentRefs: [toFirst, toSecond],
    rules: [hostname, { matches: [{ destinations: [{ cidr: '203.0.113.0/24' }] }] }],
  });
  const younger = {
    ...route('shop/younger', 'platform/second'),
    metadata: { ...route('shop/younger', 'a/b').metadata, creationTimestamp: '2026-01-01T00:00:01Z' },
  };
  const orphan = route('shop/orphan', 'platform/nothing');
  const start = snapshot({ gateways, routes: [both, partial, younger, orphan] });
  const reasonsOf = (state: Snapshot) =>
    compile(state).events.flatMap(({ regarding, reason }) =>
      regarding.kind === 'EgressRoute' ? [`${regarding.name} ${reason}`] : [],
    );

  test('tell once, however many parents say the same, what is refused, left out or lost', () => {
    expect(reasonsOf(start)).toEqual(['orphan NoParent', 'partial UnsupportedValue', 'younger Shadowed']);
  });

  test('there are none in steady state', () => {
    const quiet = settleAll(start).snapshot;
    expect(compile(quiet).events).toEqual([]);
    expect(conditionsOf(quiet, 'younger')['sallyport.dev/Shadowed']).toBe(
      'True: nothing is left for this route: EgressRoute shop/both (Gateway platform/first), which is older, wins for 0.0.0.0/0, ::/0',
    );
  });

  test('Shadowed goes when the winner goes, and is among what can be asked about while it is there', () => {
    const quiet = settleAll(start).snapshot;
    expect(compile(quiet).diagnostics.map(({ at, code }) => `${at.name} ${code}`)).toContain('younger RouteShadowed');
    const alone = { ...quiet, routes: quiet.routes.filter(({ metadata }) => metadata.name !== 'both') };
    expect(Object.keys(conditionsOf(alone, 'younger'))).not.toContain('sallyport.dev/Shadowed');
  });
});
