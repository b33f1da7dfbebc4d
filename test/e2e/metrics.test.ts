import { beforeAll, expect, it } from 'vitest';
import { allMetrics } from '../../hack/monitoring/metrics-page.ts';
import { until, useLab } from '../support/lab.ts';
import { daemonSetYaml, gatewayYaml, namespaceYaml, routeYaml } from '../support/lab-manifests.ts';
import { apply, runningPods, untilCondition, untilProgrammed } from '../support/lab-objects.ts';

// What agents and controllers really answer to who scrapes them.
const lab = useLab('metrics', { nodes: 3 });
const nodes = ['node-1', 'node-2', 'node-3'];
const gateway = 'shop/partners';
const labels = 'gateway_namespace="shop",gateway_name="partners"';

beforeAll(async () => {
  await apply(lab, namespaceYaml('shop'), daemonSetYaml('shop/payments'), gatewayYaml(gateway));
  await apply(lab, routeYaml('shop/all', { gateway }));
  await untilProgrammed(lab, 'egressroute', 'shop/all');
  await untilCondition(lab, ['gateway', gateway], { type: 'sallyport.dev/Degraded', status: 'False' });
  await runningPods(lab, 'shop', { count: 3 });
});

async function scrape(node: string, address = '127.0.0.1:8481'): Promise<readonly string[]> {
  const source = `fetch('http://${address}/metrics').then((answer) => answer.text()).then(console.log)`;
  const { status, stdout, stderr } = await lab.run(['lab', 'node', node, '--', process.execPath, '-e', source]);
  if (status !== 0) throw new Error(`${node}: ${stderr}`);
  return stdout.split('\n');
}

/** The value of a series, undefined where there is none. */
function value(lines: readonly string[], series: string): number | undefined {
  const line = lines.find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

async function scrapeLeader(): Promise<readonly string[]> {
  const text = await lab.kubectl([
    ...['get', 'pods', '-n', 'sallyport-system', '-l', 'app.kubernetes.io/component=controller'],
    ...['-o', 'jsonpath={.items[*].status.podIP}'],
  ]);
  for (const ip of text.trim().split(' ')) {
    const lines = await scrape('node-1', `${ip.includes(':') ? `[${ip}]` : ip}:8480`);
    if (value(lines, 'sallyport_controller_leading') === 1) return lines;
  }
  throw new Error(`none of ${text} leads`);
}

it('agents tell what passes: the owner of the Gateway, each node of its Pods', async () => {
  const owner = await until('an owner', async () => (await lab.owner(gateway)) ?? undefined);
  const pods = await runningPods(lab, 'shop', { count: 3 });
  const sent = `sallyport_gateway_packets_total{${labels},direction="sent"}`;
  const before = value(await scrape(owner), sent) ?? 0;
  const [...results] = await lab.probe(
    pods.map(({ key }) => key),
    { tcp: 10, intervalMs: 10, seconds: 12 },
  );
  const datagrams = results.reduce((sum, { udp }) => sum + udp.received, 0);
  const own = await scrape(owner);
  expect((value(own, sent) ?? 0) - before).toBeGreaterThan(datagrams);
  expect(value(own, `sallyport_gateway_bytes_total{${labels},direction="received"}`)).toBeGreaterThan(28 * datagrams);
  expect(value(own, `sallyport_gateway_flows{${labels}}`)).toBeGreaterThan(0);
  expect(value(own, `sallyport_gateway_ports_used{${labels}}`)).toBeGreaterThan(0);
  for (const node of nodes) {
    const lines = await scrape(node);
    expect([node, value(lines, `sallyport_gateway_pods{${labels}}`)]).toEqual([node, 1]);
    expect([node, value(lines, 'sallyport_agent_data_plane_ready')]).toEqual([node, 1]);
    expect([node, value(lines, 'sallyport_guard_dropped_packets_total{guard="mark"}')]).toEqual([node, 0]);
    // Before the first owner was there a candidate may have answered its own probe.
    if (node !== owner) expect(value(lines, sent) ?? 0).toBeLessThan(100);
  }
});

it('the leading controller tells of the cluster', async () => {
  const lines = await scrapeLeader();
  expect(value(lines, 'sallyport_gateways{state="Programmed"}')).toBe(1);
  expect(value(lines, 'sallyport_routes{kind="EgressRoute",state="programmed"}')).toBe(1);
  expect(value(lines, 'sallyport_nodes{state="ready"}')).toBe(3);
  expect(value(lines, 'sallyport_reconcile_duration_seconds_count')).toBeGreaterThan(0);
  expect(value(lines, 'sallyport_compile_failures_total')).toBe(0);
});

it('nothing is told that docs/metrics.md does not have, and of that nearly all is told', async () => {
  const all = [...(await Promise.all(nodes.map((node) => scrape(node)))).flat(), ...(await scrapeLeader())];
  const told = new Set(all.flatMap((line) => /^# TYPE (sallyport_\S+)/.exec(line)?.[1] ?? []));
  const known = new Set(allMetrics().map(({ name }) => name));
  expect([...told].filter((name) => !known.has(name))).toEqual([]);
  expect([...known].filter((name) => !told.has(name))).toEqual([]);
  const series = new Set(all.flatMap((line) => /^(sallyport_[a-z0-9_]+)[{ ]/.exec(line)?.[1] ?? []));
  // Whether a watch fails while everything starts is chance.
  const always = [...known].filter((name) => name !== 'sallyport_watch_failures_total');
  const silent = always.filter((name) => ![name, `${name}_count`].some((each) => series.has(each)));
  // There are no routers of BGP here, nothing is wrong, and nobody took anything over but from nobody.
  expect(silent.toSorted()).toEqual([
    'sallyport_bgp_announced_routes',
    'sallyport_bgp_session_up',
    'sallyport_failover_takeover_seconds',
    'sallyport_gateway_problem',
  ]);
});

it('a crash of the owner is a takeover by silence, timed', async () => {
  const owner = await until('an owner', async () => (await lab.owner(gateway)) ?? undefined);
  await lab.fault('crash', owner);
  const next = await until('another owner', async () => {
    const now = await lab.owner(gateway);
    return now === null || now === owner ? undefined : now;
  });
  await until('the takeover in its metrics', async () => {
    const lines = await scrape(next);
    const count = lines.find((line) =>
      /^sallyport_failover_takeovers_total\{group="\d+",cause="silence"\} 1$/.test(line),
    );
    return count === undefined ? undefined : true;
  });
  const lines = await scrape(next);
  expect(value(lines, 'sallyport_failover_takeover_seconds_count{cause="silence"}')).toBe(1);
  const seconds = value(lines, 'sallyport_failover_takeover_seconds_sum{cause="silence"}') ?? 0;
  // Three adverts of 100 ms and the skew, and what a busy machine adds.
  expect(seconds).toBeGreaterThan(0.3);
  expect(seconds).toBeLessThan(3);
  expect(lines.some((line) => /^sallyport_failover_group_owner\{group="\d+"\} 1$/.test(line))).toBe(true);
  await lab.fault('heal', owner);
});
