import { expect, test } from 'vitest';
import { startMeasuring } from '../../../src/agent/measure.ts';
import { registerMetrics } from '../../../src/agent/metrics.ts';
import { selectPlan } from '../../../src/compile/select.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { viewOf } from '../../support/dataplane-case.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeRunner } from '../../support/fake-runner.ts';
import { silentLog } from '../../support/silent-log.ts';

const view = viewOf({
  cluster: {
    metadata: { name: 'default', uid: 'c', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
    ...{ spec: {}, status: { clusterRanges: [] } },
  },
  node: 'node-1',
  nodes: [{ name: 'node-1', index: 1, addresses: ['192.0.2.11'] }],
  namespaces: [],
  placements: [{ uid: 'partners', id: 513, ipv4: '192.0.2.100', candidates: ['node-1'] }],
});
const sight = (addresses: readonly string[]) => ({
  ...{ selection: selectPlan(view), placements: view.placements, ruleSets: view.ruleSets },
  addresses: new Set(addresses),
});
const flow =
  'tcp 6 431999 ESTABLISHED src=198.18.32.1 dst=198.51.100.10 sport=1 dport=443 src=198.51.100.10 dst=192.0.2.100 sport=443 dport=1 [ASSURED] mark=513 use=1\n';

function setUp() {
  let packets = 10;
  const clock = createFakeClock();
  const registry = createMetrics();
  const runner = createFakeRunner(({ command }) => ({
    stdout:
      command === 'conntrack'
        ? flow
        : JSON.stringify({ nftables: [{ counter: { name: 'sent_513', packets, bytes: packets * 100 } }] }),
  }));
  const { signal } = new AbortController();
  const metrics = registerMetrics(registry);
  const measuring = startMeasuring({ runner, metrics, clock, log: silentLog, signal, onScrape: registry.onScrape });
  const scrape = async () =>
    (await registry.expose()).text.split('\n').filter((line) => /^sallyport_gateway_/.test(line));
  const commands = () => runner.calls.map(({ command }) => command);
  const send = (more: number) => {
    packets += more;
  };
  return { clock, measuring, scrape, commands, send };
}

test('nothing is read before there is a plan, nor without a scrape, nor twice within ten seconds', async () => {
  const { clock, measuring, scrape, commands } = setUp();
  expect(await scrape()).toEqual([]);
  measuring.want(sight(['198.19.255.241']));
  await clock.advance(60_000);
  expect(commands()).toEqual([]);
  await scrape();
  await scrape();
  expect(commands()).toEqual(['conntrack', 'nft']);
});

test('an owner tells what passed, with the flows of this very scrape; who owns nothing asks conntrack nothing', async () => {
  const { clock, measuring, scrape, commands, send } = setUp();
  const labels = '{gateway_namespace="shop",gateway_name="partners"';
  measuring.want(sight(['198.19.255.241']));
  expect(await scrape()).toEqual(
    expect.arrayContaining([
      `sallyport_gateway_flows${labels}} 1`,
      `sallyport_gateway_packets_total${labels},direction="sent"} 10`,
    ]),
  );
  send(5);
  await clock.advance(10_000);
  expect(await scrape()).toContain(`sallyport_gateway_bytes_total${labels},direction="sent"} 1500`);
  measuring.want(sight([]));
  await clock.advance(10_000);
  expect(await scrape()).toEqual([]);
  expect(commands()).toEqual(['conntrack', 'nft', 'conntrack', 'nft', 'nft']);
});
