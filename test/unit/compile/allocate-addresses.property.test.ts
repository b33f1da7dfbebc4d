import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Gateway, GatewaySpecAddress } from '../../../src/api/gateway.ts';
import { poolAddressType } from '../../../src/api/names.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { settle } from '../../../src/preview/settle.ts';
import { gateway, pool, snapshot } from '../../support/objects.ts';

// A slow and obvious model of who has which address, against the compile, while Gateways come and go.
const pools = [
  pool('kept', ['192.0.2.90-192.0.2.91'], { autoAssign: false }),
  pool('lab', ['192.0.2.100-192.0.2.102']),
  pool('six', ['2001:db8::1-2001:db8::2']),
];
const lab = ['192.0.2.100', '192.0.2.101', '192.0.2.102'];
const six = ['2001:db8::1', '2001:db8::2'];
const offered: Readonly<Record<string, readonly string[]>> = { kept: ['192.0.2.90', '192.0.2.91'], lab, six };
const everything = Object.values(offered).flat();

const wish: fc.Arbitrary<GatewaySpecAddress> = fc.oneof(
  fc.constantFrom(...everything, '198.51.100.1').map((value) => ({ value })),
  fc.constantFrom('kept', 'lab', 'nobody').map((value) => ({ type: poolAddressType, value })),
  fc.constant({ value: '' }),
);
interface Arrival {
  readonly age: string;
  readonly wishes: readonly GatewaySpecAddress[] | undefined;
}
const arrival: fc.Arbitrary<Arrival> = fc.record({
  age: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z'),
  wishes: fc.option(fc.array(wish, { maxLength: 3 }), { nil: undefined }),
});
const step = fc.record({ come: fc.array(arrival, { maxLength: 3 }), leave: fc.array(fc.nat(20), { maxLength: 2 }) });

/** By Gateway name: its addresses by wish, "1/4" is IPv4 of the second one. */
type Held = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Who has something keeps it; then by age, who names an address before who names a pool before who takes any. */
function model(gateways: readonly Gateway[], before: Held, resting: readonly string[]): Held {
  const held = new Map(gateways.map(({ metadata }) => [metadata.name, new Map(before.get(metadata.name))]));
  const taken = new Set([...resting, ...[...held.values()].flatMap((slots) => [...slots.values()])]);
  const oldestFirst = gateways.toSorted((a, b) => (ageAndName(a) < ageAndName(b) ? -1 : 1));
  for (const phase of ['by value', 'of a pool', 'any']) {
    for (const one of oldestFirst) {
      const slots = held.get(one.metadata.name);
      for (const [index, { type, value = '' }] of wishesOf(one).entries()) {
        const kind = value === '' ? 'any' : type === undefined ? 'by value' : 'of a pool';
        if (kind !== phase) continue;
        const from = { 'by value': [value], 'of a pool': offered[value] ?? [], any: [...lab, ...six] }[kind];
        for (const family of [4, 6]) {
          const slot = `${index}/${family}`;
          const found = from.find((address) => {
            return everything.includes(address) && !taken.has(address) && address.includes(':') === (family === 6);
          });
          if (slots === undefined || slots.has(slot) || found === undefined) continue;
          slots.set(slot, found);
          taken.add(found);
        }
      }
    }
  }
  return held;
}

const ageAndName = ({ metadata }: Gateway) => `${metadata.creationTimestamp} ${metadata.namespace}/${metadata.name}`;
const wishesOf = ({ spec }: Gateway): readonly GatewaySpecAddress[] =>
  (spec.addresses ?? []).length === 0 ? [{}] : (spec.addresses ?? []);

function heldIn({ claims, gateways }: Snapshot): ReadonlyMap<string, readonly string[]> {
  const live = claims.filter(({ spec }) => spec.quarantinedUntil === undefined);
  return new Map(
    gateways.map(({ metadata }) => [
      metadata.name,
      live.filter(({ spec }) => spec.holder.uid === metadata.uid).map(({ spec }) => spec.address),
    ]),
  );
}
const sorted = (held: ReadonlyMap<string, readonly string[]>) =>
  [...held].map(([name, addresses]) => [name, [...addresses].sort()]).sort();
const addressesIn = (held: Held) => new Map([...held].map(([name, slots]) => [name, [...slots.values()]]));

test('who has which address is what the model says, whoever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), (steps) => {
      let state = snapshot({ pools });
      let expected: Held = new Map();
      let count = 0;
      for (const { come, leave } of steps) {
        const stay = state.gateways.filter((_, index) => !leave.includes(index));
        const arrivals = come.map(({ age, wishes }) => {
          count += 1;
          const spec = wishes === undefined ? {} : { addresses: wishes };
          return gateway(`shop/g${count}`, spec, { creationTimestamp: age });
        });
        const gateways = [...stay, ...arrivals];
        const resting = state.gateways
          .filter((one) => !stay.includes(one))
          .flatMap(({ metadata }) => [...(expected.get(metadata.name)?.values() ?? [])]);
        expected = model(gateways, expected, resting);
        state = settle({ ...state, gateways }, 8).snapshot;
        expect(sorted(heldIn(state))).toEqual(sorted(addressesIn(expected)));
        // What rests is over: whoever still waits comes in the next step.
        state = {
          ...state,
          now: state.now + 1_200_000,
          claims: state.claims.filter(({ spec }) => spec.quarantinedUntil === undefined),
        };
      }
    }),
    { numRuns: 150 },
  );
});
