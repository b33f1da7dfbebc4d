import fc from 'fast-check';
import { expect, test } from 'vitest';
import { registerMetrics } from '../../../src/agent/metrics.ts';
import { tellFigures } from '../../../src/agent/replication-metrics.ts';
import { parseFigures, type ReplicationFigures, renderFigures } from '../../../src/dataplane/replication/figures.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

const figures = (lost: number): ReplicationFigures =>
  new Map([
    [3, { flows: 7, injected: 2, sent: 10, received: 20, lost, unsent: 0, unacknowledged: 5, silentSeconds: 30 }],
  ]);

async function exposed(...rounds: readonly ReplicationFigures[]) {
  const registry = createMetrics();
  const metrics = registerMetrics(registry);
  let before: ReplicationFigures = new Map();
  for (const now of rounds) {
    tellFigures(metrics, before, now);
    before = now;
  }
  const { text } = await registry.expose();
  return text.split('\n').filter((line) => line.startsWith('sallyport_replication'));
}

test('figures become metrics of their group', async () => {
  const lines = await exposed(figures(4));
  expect(lines).toContain('sallyport_replication_flows{group="3"} 7');
  expect(lines).toContain('sallyport_replication_backlog_messages{group="3",queue="unacknowledged"} 5');
  expect(lines).toContain('sallyport_replication_peer_silent_seconds{group="3"} 30');
  expect(lines).toContain('sallyport_replication_messages_total{group="3",direction="received"} 20');
  expect(lines).toContain('sallyport_replication_drops_total{group="3",reason="lost"} 4');
});

test('counters only grow, also when conntrackd began anew; gauges of a group that is gone go', async () => {
  const lost = 'sallyport_replication_drops_total{group="3",reason="lost"}';
  expect(await exposed(figures(4), figures(6), figures(1))).toContain(`${lost} 7`);
  const gone = await exposed(figures(4), new Map());
  expect(gone).toContain(`${lost} 4`);
  expect(gone.filter((line) => /_flows|_backlog|_silent/.test(line))).toEqual([]);
});

test('the file is read as it was written', () => {
  expect(parseFigures(renderFigures(figures(4)))).toEqual(figures(4));
  expect(renderFigures(new Map())).toBe('{}\n');
});

test('whatever is in the file, only groups 1 to 14 and whole numbers come of it', () => {
  const strange = {
    0: {},
    15: {},
    a: {},
    2: { flows: -1, sent: 1.5, lost: '3', other: 1, received: 3 },
    4: null,
    5: [],
  };
  expect(parseFigures(JSON.stringify(strange))).toEqual(
    new Map([
      [2, { received: 3 }],
      [4, {}],
      [5, {}],
    ]),
  );
  for (const text of [undefined, '', '{', '[]', 'null', '7', '"x"']) expect(parseFigures(text).size).toBe(0);
  fc.assert(
    fc.property(fc.json(), (text) => {
      for (const group of parseFigures(text).keys()) expect(group >= 1 && group <= 14).toBe(true);
    }),
  );
});
