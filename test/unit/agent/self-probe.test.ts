import { expect, test } from 'vitest';
import { registerMetrics } from '../../../src/agent/metrics.ts';
import { createProofMetrics } from '../../../src/agent/self-probe.ts';
import type { Proof } from '../../../src/probe/verdict.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

const good: Proof = { result: 'Verified', address: '192.0.2.100', roundTripMilliseconds: 5 };
const silent: Proof = { result: 'NoAnswer', address: '192.0.2.100' };
const of = (name: string) => `{gateway_namespace="shop",gateway_name="${name}"}`;

/** The gauges after each of these was told, one after the other. */
async function exposed(...rounds: readonly Readonly<Record<string, Proof>>[]): Promise<readonly string[]> {
  const registry = createMetrics();
  const proofs = createProofMetrics(registerMetrics(registry));
  for (const round of rounds) {
    const names = new Map(Object.keys(round).map((uid) => [uid, { namespace: 'shop', name: uid }]));
    proofs.tell(new Map([...Object.entries(round), ['of no name', silent]]), names);
  }
  const { text } = await registry.expose();
  return text.split('\n').filter((line) => /^sallyport_probe_(verified|round)/.test(line));
}

test('what is said of a Gateway is its gauges; without an answer there is no round trip', async () => {
  const both = await exposed({ a: good, b: silent });
  expect(both).toContain(`sallyport_probe_verified${of('a')} 1`);
  expect(both).toContain(`sallyport_probe_round_trip_seconds${of('a')} 0.005`);
  expect(both).toContain(`sallyport_probe_verified${of('b')} 0`);
  expect(both).toHaveLength(3);
  expect(await exposed({ a: good }, { a: silent })).toEqual([`sallyport_probe_verified${of('a')} 0`]);
});

test('a Gateway of which nothing is said any more has none', async () => {
  expect(await exposed({ a: good, b: good }, { b: silent })).toEqual([`sallyport_probe_verified${of('b')} 0`]);
});

test('beyond 200 they are told as one, by the worst of them', async () => {
  const many = (one: Proof, at = 250) =>
    Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`g${index}`, index === at ? one : good]));
  const all = await exposed(many(good));
  expect(all).toHaveLength(2 * 201);
  expect(all).toContain('sallyport_probe_verified{gateway_namespace="",gateway_name="overflow"} 1');
  for (const at of [200, 250, 299])
    expect(await exposed(many(silent, at))).toContain(
      'sallyport_probe_verified{gateway_namespace="",gateway_name="overflow"} 0',
    );
});
