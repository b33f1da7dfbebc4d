import { expect, test } from 'vitest';
import { type GatewayFact, gatewayFacts } from '../../../src/agent/gateway-facts.ts';
import { createGatewayMetrics, type GatewayFigures, mostGateways } from '../../../src/agent/gateway-metrics.ts';
import { registerMetrics } from '../../../src/agent/metrics.ts';
import { selectPlan } from '../../../src/compile/select.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { viewOf } from '../../support/dataplane-case.ts';

const fact = (name: string, more: Partial<GatewayFact> = {}): GatewayFact => ({
  ...{ uid: `uid-${name}`, namespace: 'shop', name, pods: 1, group: 1, isOwned: false },
  ...{ ids: [513], addresses: ['192.0.2.100'] },
  ...more,
});
const figures = (facts: readonly GatewayFact[], more: Partial<GatewayFigures> = {}): GatewayFigures => ({
  ...{ facts, counted: new Map(), flows: new Map() },
  ...more,
});
const of = (name: string, more = '') => `{gateway_namespace="shop",gateway_name="${name}"${more}}`;

function setUp() {
  const registry = createMetrics();
  const gateways = createGatewayMetrics(registerMetrics(registry));
  const series = async () =>
    (await registry.expose()).text.split('\n').filter((line) => /^sallyport_gateway_/.test(line));
  return { tell: gateways.tell, series };
}

test('who only uses a Gateway tells its Pods; its owner what passed, the flows and the ports', async () => {
  const { tell, series } = setUp();
  tell(figures([fact('used', { pods: 3 })]));
  expect(await series()).toEqual([`sallyport_gateway_pods${of('used')} 3`]);
  const flows = new Map([['uid-own', { flows: 40, ports: 7 }]]);
  const counted = new Map([
    ['sent_513', { packets: 5, bytes: 500 }],
    ['sent_514', { packets: 1, bytes: 60 }],
  ]);
  tell(figures([fact('own', { pods: 0, isOwned: true, ids: [513, 514] })], { counted, flows }));
  expect(await series()).toEqual([
    `sallyport_gateway_owned${of('own', ',group="1"')} 1`,
    `sallyport_gateway_packets_total${of('own', ',direction="sent"')} 6`,
    `sallyport_gateway_packets_total${of('own', ',direction="received"')} 0`,
    `sallyport_gateway_bytes_total${of('own', ',direction="sent"')} 560`,
    `sallyport_gateway_bytes_total${of('own', ',direction="received"')} 0`,
    `sallyport_gateway_flows${of('own')} 40`,
    `sallyport_gateway_ports_used${of('own')} 7`,
  ]);
});

test('an owner of before tells what passed last, and then nothing more; a Gateway that is gone has no series', async () => {
  const { tell, series } = setUp();
  const counted = new Map([['received_513', { packets: 2, bytes: 120 }]]);
  const standby = fact('a', { pods: 0 });
  tell(figures([fact('a', { pods: 0, isOwned: true })], { counted }));
  tell(figures([standby], { counted }));
  expect(await series()).toContain(`sallyport_gateway_packets_total${of('a', ',direction="received"')} 4`);
  expect((await series()).filter((line) => line.includes('owned'))).toEqual([]);
  tell(figures([standby]));
  expect(await series()).toEqual([]);
  tell(figures([]));
  expect(await series()).toEqual([]);
});

test('beyond the first 200 Gateways are told as one, and no counter goes back', async () => {
  const { tell, series } = setUp();
  const many = (from: number) =>
    Array.from({ length: 300 }, (_, at) => fact(`g${at + from}`, { isOwned: true, ids: [513 + at + from] }));
  const all = new Map(Array.from({ length: 400 }, (_, at) => [`sent_${513 + at}`, { packets: 1, bytes: 60 }]));
  const flows = new Map(many(0).map(({ uid }, at) => [uid, { flows: 2, ports: at }]));
  const last = 'sallyport_gateway_packets_total{gateway_namespace="",gateway_name="overflow",direction="sent"}';
  tell(figures(many(0), { counted: all, flows }));
  expect(await series()).toEqual(
    expect.arrayContaining([
      `${last} 100`,
      'sallyport_gateway_flows{gateway_namespace="",gateway_name="overflow"} 200',
      'sallyport_gateway_ports_used{gateway_namespace="",gateway_name="overflow"} 299',
      'sallyport_gateway_owned{gateway_namespace="",gateway_name="overflow",group="1"} 100',
    ]),
  );
  // g0 to g49 go: 50 of those that were told as one have series of their own from now on.
  tell(figures(many(50), { counted: all }));
  expect(await series()).toContain(`${last} 200`);
  expect(await series()).not.toContain(expect.stringContaining('"g49"'));
  tell(figures([fact('g250', { isOwned: true, ids: [763] })], { counted: all }));
  expect(await series()).toContain(`${last} 200`);
});

test('10,000 Gateways and 100,000 Pods are no more series than 201 Gateways', async () => {
  const gateways = 10_000;
  // The failover groups 1 to 12 are this node's, the others nobody's.
  const ownable = 13 * 512 - 513;
  const address = (prefix: string, at: number) => `${prefix}.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
  const view = viewOf({
    cluster: {
      metadata: { name: 'default', uid: 'c', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
      ...{ spec: {}, status: { clusterRanges: [] } },
    },
    node: 'node-1',
    nodes: [{ name: 'node-1', index: 1, addresses: ['192.0.2.11'] }],
    namespaces: [{ name: 'shop' }],
    pods: Array.from({ length: gateways }, (_, at) => ({
      ...{ name: `pod-${at}`, ip: address('10', at), labels: { app: `app-${at}` } },
    })),
    placements: Array.from({ length: gateways }, (_, at) => ({
      ...{ uid: `g${at}`, id: 513 + at, ipv4: address('100', at), candidates: at < ownable ? ['node-1'] : [] },
    })),
    rules: Object.fromEntries(
      Array.from({ length: gateways }, (_, at) => [`g${at}`, [{ podSelector: { matchLabels: { app: `app-${at}` } } }]]),
    ),
  });
  const selected = selectPlan(view);
  // Nine more Pods of each kind, as `selectPlan` would have them.
  const more = [...selected.rights].flatMap(([pod, own]) =>
    Array.from({ length: 9 }, (_, at) => [`${pod}-${at}`, { ...own }] as const),
  );
  const selection = { ...selected, rights: new Map([...selected.rights, ...more]) };
  const addresses = new Set(selection.plan.groups.flatMap(({ tunnel }) => tunnel ?? []));
  const facts = gatewayFacts({ selection, placements: view.placements, ruleSets: view.ruleSets, addresses });
  expect([facts.length, facts.filter(({ isOwned }) => isOwned).length]).toEqual([gateways, ownable]);
  expect(facts.reduce((sum, { pods }) => sum + pods, 0)).toBe(100_000);
  const counted = new Map(
    facts.flatMap(({ ids }) => ids.flatMap((id) => [`sent_${id}`, `received_${id}`])).map((name) => [name, one]),
  );
  const flows = new Map(facts.map(({ uid }) => [uid, { flows: 1, ports: 1 }]));
  const { tell, series } = setUp();
  for (let round = 0; round < 3; round += 1) tell({ facts, counted, flows });
  const lines = await series();
  const kinds = ['pods', 'flows', 'ports_used', 'packets_total', 'packets_total', 'bytes_total', 'bytes_total'];
  // `overflow` is in the groups of all that it stands for.
  expect(lines.length).toBeLessThanOrEqual((mostGateways + 1) * (kinds.length + 1) + 14);
  for (const kind of kinds) {
    const values = lines.filter((line) => line.startsWith(`sallyport_gateway_${kind}{`));
    expect(values.length).toBeLessThanOrEqual((mostGateways + 1) * kinds.filter((each) => each === kind).length);
  }
  const pods = lines.filter((line) => line.startsWith('sallyport_gateway_pods{'));
  expect(pods.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(100_000);
});

const one = { packets: 1, bytes: 60 };
