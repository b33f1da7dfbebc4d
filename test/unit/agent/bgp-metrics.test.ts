import { expect, test } from 'vitest';
import { createBgpMetrics } from '../../../src/agent/bgp-metrics.ts';
import { registerMetrics } from '../../../src/agent/metrics.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

test('sessions become metrics of their peer, which go with it', async () => {
  const registry = createMetrics();
  const bgp = createBgpMetrics(registerMetrics(registry));
  const exposed = async () => (await registry.expose()).text.split('\n').filter((line) => /^sallyport_bgp/.test(line));
  const session = { address: '192.0.2.1', asn: 65_000, established: true, announced: 2, info: '' };
  bgp.tell([session]);
  expect(await exposed()).toEqual([
    'sallyport_bgp_session_up{peer="192.0.2.1"} 1',
    'sallyport_bgp_announced_routes{peer="192.0.2.1"} 2',
  ]);
  bgp.tell([{ ...session, established: false }]);
  expect(await exposed()).toEqual([
    'sallyport_bgp_session_up{peer="192.0.2.1"} 0',
    'sallyport_bgp_announced_routes{peer="192.0.2.1"} 0',
  ]);
  bgp.tell([]);
  expect(await exposed()).toEqual([]);
});
