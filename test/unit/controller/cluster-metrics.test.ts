import { expect, test } from 'vitest';
import type { Gateway } from '../../../src/api/gateway.ts';
import type { EgressNodeReport, EgressRoute } from '../../../src/api/kinds.ts';
import type { Condition } from '../../../src/api/meta.ts';
import { controllerName } from '../../../src/api/names.ts';
import { clusterFigures } from '../../../src/controller/cluster-figures.ts';
import { createClusterMetrics, mostNamed } from '../../../src/controller/cluster-metrics.ts';
import { registerMetrics } from '../../../src/controller/metrics.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { emptySnapshot } from '../../support/empty-snapshot.ts';

const meta = (name: string, namespace?: string) => ({
  ...{ name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  ...(namespace === undefined ? {} : { namespace }),
});
const condition = (type: string, status: Condition['status'], reason: string): Condition => ({
  ...{ type, status, reason, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
});
const accepted = condition('Accepted', 'True', 'Accepted');
const programmed = condition('Programmed', 'True', 'Programmed');
const gateway = (name: string, conditions: readonly Condition[], gatewayClassName = 'egress'): Gateway => ({
  metadata: meta(name, 'shop'),
  spec: { gatewayClassName, listeners: [] },
  status: { conditions },
});
const route = (name: string, conditions: readonly Condition[], by = controllerName): EgressRoute => ({
  metadata: meta(name, 'shop'),
  spec: { parentRefs: [], rules: [] },
  status: { parents: [{ parentRef: { name: 'g' }, controllerName: by, conditions }] },
});
const report = (name: string, status: Condition['status']): EgressNodeReport => ({
  metadata: meta(name),
  status: { conditions: [condition('DataPlaneReady', status, 'X')] },
});
const node = (name: string) => ({
  metadata: meta(name),
  spec: { index: 1, uid: name, addresses: [], tunnelMAC: '02:ec:00:00:00:01' },
});
const lists = {
  ...emptySnapshot,
  gatewayClasses: [{ metadata: meta('egress'), spec: { controllerName } }],
};

async function exposed(...rounds: readonly (Parameters<typeof clusterFigures>[0] | undefined)[]) {
  const registry = createMetrics();
  const cluster = createClusterMetrics(registerMetrics(registry));
  for (const round of rounds) cluster.tell(round && clusterFigures(round));
  const { text } = await registry.expose();
  const told = /^sallyport_(gateways|gateway_problem|routes|pool_addresses|nodes)\{/;
  return text.split('\n').filter((line) => told.test(line));
}

test('Gateways of our classes by state, and what is wrong with which', async () => {
  const degraded = condition('sallyport.dev/Degraded', 'True', 'NoStandby');
  const gateways = [
    gateway('good', [accepted, programmed]),
    gateway('weak', [accepted, programmed, degraded]),
    gateway('waiting', [accepted, condition('Programmed', 'False', 'Pending')]),
    gateway('of another controller', [], 'other'),
    gateway('new', []),
  ];
  const lines = await exposed({ ...lists, gateways });
  expect(lines.filter((line) => line.startsWith('sallyport_gateway'))).toEqual([
    'sallyport_gateways{state="Programmed"} 2',
    'sallyport_gateways{state="Pending"} 1',
    'sallyport_gateways{state="Unknown"} 1',
    'sallyport_gateway_problem{gateway_namespace="shop",gateway_name="weak",problem="Degraded",reason="NoStandby"} 1',
    'sallyport_gateway_problem{gateway_namespace="shop",gateway_name="waiting",problem="NotProgrammed",reason="Pending"} 1',
  ]);
});

test('routes, pools and nodes by state', async () => {
  const figures = {
    ...lists,
    routes: [
      route('a', [accepted, programmed]),
      route('b', [accepted, condition('Programmed', 'False', 'Pending')]),
      route('c', [condition('Accepted', 'False', 'NoMatchingParent')]),
      route('of another controller', [accepted, programmed], 'other'),
      {
        metadata: meta('d', 'shop'),
        spec: { parentRefs: [], rules: [] },
        status: { conditions: [accepted], parents: [] },
      },
    ],
    pools: [{ metadata: meta('lab'), spec: { addresses: [] }, status: { total: 50, used: 3, free: 47 } }],
    egressNodes: ['node-1', 'node-2', 'node-3', 'node-4'].map(node),
    reports: [report('node-1', 'True'), report('node-2', 'False'), report('node-3', 'True'), report('gone', 'True')],
  };
  const lines = await exposed(figures);
  expect(lines).toEqual(
    expect.arrayContaining([
      'sallyport_routes{kind="EgressRoute",state="programmed"} 1',
      'sallyport_routes{kind="EgressRoute",state="pending"} 1',
      'sallyport_routes{kind="EgressRoute",state="refused"} 2',
      'sallyport_routes{kind="EgressRoute",state="unjudged"} 1',
      'sallyport_routes{kind="ClusterEgressRoute",state="programmed"} 0',
      'sallyport_pool_addresses{pool="lab",state="used"} 3',
      'sallyport_pool_addresses{pool="lab",state="free"} 47',
      'sallyport_nodes{state="ready"} 2',
      'sallyport_nodes{state="failed"} 1',
      'sallyport_nodes{state="unreported"} 1',
    ]),
  );
  expect(await exposed(figures, undefined)).toEqual([]);
});

test('a word that is no reason of ours makes no series', async () => {
  const gateways = ['Spam1', 'Spam2'].map((reason) =>
    gateway(reason, [accepted, condition('Programmed', 'False', reason)]),
  );
  const lines = await exposed({ ...lists, gateways });
  expect(lines).toContain('sallyport_gateways{state="Unknown"} 2');
  expect(lines.filter((line) => line.includes('reason="Spam'))).toEqual([]);
});

test('10,000 Gateways in trouble, 10,000 pools and 100,000 routes are no more series than 200', async () => {
  const bad = [
    ...[
      accepted,
      condition('Programmed', 'False', 'Pending'),
      condition('sallyport.dev/Degraded', 'True', 'NoStandby'),
    ],
    ...[condition('sallyport.dev/AddressConflict', 'True', 'AddressConflict')],
  ];
  const figures = {
    ...lists,
    gateways: Array.from({ length: 10_000 }, (_, at) => gateway(`g${at}`, bad)),
    routes: Array.from({ length: 100_000 }, (_, at) => route(`r${at}`, [accepted, programmed])),
    pools: Array.from({ length: 10_000 }, (_, at) => ({
      ...{ metadata: meta(`p${at}`), spec: { addresses: [] }, status: { total: 2, used: 1, free: 1 } },
    })),
  };
  const lines = await exposed(figures, figures);
  const problems = lines.filter((line) => line.startsWith('sallyport_gateway_problem'));
  expect(problems).toHaveLength((mostNamed + 1) * 3);
  expect(problems).toContain(
    `sallyport_gateway_problem{gateway_namespace="",gateway_name="overflow",problem="Degraded",reason="NoStandby"} ${10_000 - mostNamed}`,
  );
  expect(lines).toContain(`sallyport_pool_addresses{pool="(overflow)",state="free"} ${10_000 - mostNamed}`);
  expect(lines.length).toBeLessThan((mostNamed + 1) * 5 + 30);
});
