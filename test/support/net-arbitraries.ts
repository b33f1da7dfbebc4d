import fc from 'fast-check';
import { cidrOf } from '../../src/net/cidr.ts';
import { type Family, familyBits, familyMax, type Ip, type Range } from '../../src/net/ip.ts';

export const anyFamily = fc.constantFrom<Family>(4, 6);

/** Addresses with many zero and all-one groups: where compression and carries go wrong. */
export const anyIp: fc.Arbitrary<Ip> = anyFamily.chain((family) => {
  const group = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.nat(0xffff));
  const count = familyBits(family) / 16;
  return fc.array(group, { minLength: count, maxLength: count }).map((groups) => ({
    family,
    value: groups.reduce((value, part) => (value << 16n) | BigInt(part), 0n),
  }));
});

export const anyCidr = anyIp.chain((ip) => fc.nat(familyBits(ip.family)).map((prefix) => cidrOf(ip, prefix)));

export const anyRange: fc.Arbitrary<Range> = anyFamily.chain((family) =>
  fc
    .tuple(fc.bigInt(0n, familyMax(family)), fc.bigInt(0n, familyMax(family)))
    .map(([a, b]) => (a <= b ? { family, from: a, to: b } : { family, from: b, to: a })),
);

/** Ranges within 64 addresses at the start or the end of a family, so that they meet, nest and touch often. */
export const crowdedRange: fc.Arbitrary<Range> = fc
  .record({ family: anyFamily, atEnd: fc.boolean(), a: fc.nat(63), b: fc.nat(63) })
  .map(({ family, atEnd, a, b }) => {
    const origin = atEnd ? familyMax(family) - 63n : 0n;
    return { family, from: origin + BigInt(Math.min(a, b)), to: origin + BigInt(Math.max(a, b)) };
  });

/** Every address `crowdedRange` can touch. */
export function crowdedIps(): Ip[] {
  const families: Family[] = [4, 6];
  return families.flatMap((family) =>
    [0n, familyMax(family) - 63n].flatMap((origin) =>
      Array.from({ length: 64 }, (_, i) => ({ family, value: origin + BigInt(i) })),
    ),
  );
}
