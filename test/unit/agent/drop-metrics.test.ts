import { expect, test } from 'vitest';
import { tellDrops } from '../../../src/agent/drop-metrics.ts';
import { registerMetrics } from '../../../src/agent/metrics.ts';
import { counters } from '../../../src/dataplane/desired/names.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

test('every counter of the rules is a reason or a guard, from the first look on', async () => {
  const registry = createMetrics();
  const metrics = registerMetrics(registry);
  tellDrops(metrics, new Map());
  tellDrops(metrics, new Map([[counters.held, { packets: 3, bytes: 180 }]]));
  tellDrops(
    metrics,
    new Map([
      [counters.held, { packets: 1, bytes: 60 }],
      [counters.guardMark, { packets: 2, bytes: 120 }],
    ]),
  );
  const { text } = await registry.expose();
  const lines = text.split('\n').filter((line) => /^sallyport_(dropped|guard_dropped)_packets_total/.test(line));
  expect(lines).toHaveLength(Object.keys(counters).length);
  expect(lines).toContain('sallyport_dropped_packets_total{reason="held"} 4');
  expect(lines).toContain('sallyport_dropped_packets_total{reason="isolated"} 0');
  expect(lines).toContain('sallyport_guard_dropped_packets_total{guard="mark"} 2');
  expect(lines).toContain('sallyport_guard_dropped_packets_total{guard="transit"} 0');
});
