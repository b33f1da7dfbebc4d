import { expect, test } from 'vitest';
import { registerMetrics } from '../../../src/agent/metrics.ts';
import { tellProofs } from '../../../src/agent/self-probe.ts';
import type { Proof } from '../../../src/probe/verdict.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

const good: Proof = { result: 'Verified', address: '192.0.2.100', roundTripMilliseconds: 5 };
const silent: Proof = { result: 'NoAnswer', address: '192.0.2.100' };

/** The gauges after each of these was told, one after the other. */
async function exposed(...rounds: readonly Readonly<Record<string, Proof>>[]): Promise<readonly string[]> {
  const registry = createMetrics();
  const metrics = registerMetrics(registry);
  let shown: readonly string[] = [];
  for (const round of rounds) {
    const names = new Map(Object.keys(round).map((uid) => [uid, `shop/${uid}`]));
    shown = tellProofs(metrics, { proofs: new Map(Object.entries(round)), names, shown });
  }
  const { text } = await registry.expose();
  return text.split('\n').filter((line) => /^sallyport_probe_(verified|round)/.test(line));
}

test('what is said of a Gateway is its gauges; without an answer there is no round trip', async () => {
  const both = await exposed({ a: good, b: silent });
  expect(both).toContain('sallyport_probe_verified{gateway="shop/a"} 1');
  expect(both).toContain('sallyport_probe_round_trip_seconds{gateway="shop/a"} 0.005');
  expect(both).toContain('sallyport_probe_verified{gateway="shop/b"} 0');
  expect(both).toHaveLength(3);
  expect(await exposed({ a: good }, { a: silent })).toEqual(['sallyport_probe_verified{gateway="shop/a"} 0']);
});

test('a Gateway of which nothing is said any more has none', async () => {
  expect(await exposed({ a: good, b: good }, { b: silent })).toEqual(['sallyport_probe_verified{gateway="shop/b"} 0']);
});

test('there are at most 200', async () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`g${index}`, silent]));
  expect(await exposed(many)).toHaveLength(200);
});
