import fc from 'fast-check';
import { catchAll } from '../../src/dataplane/nft/element.ts';
import type {
  NftChain,
  NftHook,
  NftKeyType,
  NftMap,
  NftSet,
  NftTable,
  NftValueType,
} from '../../src/dataplane/nft/model.ts';

// A small universe, so that two tables often have the same objects in different states.
const keyShapes: readonly (readonly NftKeyType[])[] = [
  ['ipv4_addr'],
  ['ipv6_addr'],
  ['ether_addr'],
  ['inet_proto'],
  ['inet_service'],
  ['mark'],
  ['ifname'],
  ['ipv4_addr', 'inet_proto', 'inet_service'],
  ['ipv6_addr', 'inet_proto', 'inet_service'],
  ['mark', 'ifname'],
  ['ipv4_addr', 'iface_index'],
];
const notInIntervals: readonly NftKeyType[] = ['ifname', 'iface_index', 'ether_addr'];
const intervalShapes = keyShapes.filter((shape) => !shape.some((type) => notInIntervals.includes(type)));

const singles: Readonly<Record<NftKeyType, readonly string[]>> = {
  ipv4_addr: ['0.0.0.0', '10.0.0.1', '10.0.0.2', '255.255.255.255'],
  ipv6_addr: ['::', '::1', '::ffff:10.0.0.1', '2001:db8::1', 'fe80::1:0:0:1'],
  ether_addr: ['02:eb:00:00:00:01', '02:eb:00:00:ff:ff'],
  inet_proto: ['icmp', 'tcp', 'udp', 'ipv6-icmp', 'sctp', '47', '200'],
  inet_service: ['0', '53', '65535'],
  mark: ['0', '513', '4294967295'],
  ifname: ['egress0', 'egl1', 'eth0.5'],
  // No device has them: of one that is there nft shows the name.
  iface_index: ['70001', '70002'],
};

// Disjoint within a type, touching each other here and there: intervals of one set never overlap.
const intervals: Readonly<Record<NftKeyType, readonly string[]>> = {
  ...singles,
  ipv4_addr: [
    '0.0.0.0-0.255.255.255',
    '10.0.0.0-10.0.0.255',
    '10.0.1.0-10.0.1.255',
    '10.0.2.0-10.0.2.9',
    '10.0.2.10',
    '224.0.0.0-255.255.255.255',
  ],
  ipv6_addr: [
    '::-::ff',
    '2001:db8::-2001:db8::ffff',
    '2001:db8::1:0-2001:db8::1:5',
    'fe80::1',
    'ff00::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  ],
  inet_proto: ['tcp', 'udp', '200'],
  inet_service: ['0-52', '53', '80-90', '91-65535'],
  mark: ['0', '1-511', '513', '4294967295'],
};

const valueTypes: readonly NftValueType[] = ['verdict', 'ipv4_addr', 'ipv6_addr', 'ether_addr', 'mark', 'counter'];
const counters = ['c1', 'c2'];
const regulars = ['r1', 'r2', 'r3'];
const verdicts = ['drop', 'accept', 'return'];

/** A table that nft takes: everything referred to exists, no interval overlaps another. */
export const nftTable: fc.Arbitrary<NftTable> = fc
  .record({
    counters: fc.subarray(counters),
    regulars: fc.subarray(regulars),
    sets: fc.subarray(['s1', 's2', 's3']).chain((names) => fc.tuple(...names.map(setNamed))),
  })
  .chain(({ counters, regulars, sets }) =>
    fc
      .subarray(['m1', 'm2', 's4'])
      .chain((names) => fc.tuple(...names.map((name) => mapNamed(name, { counters, regulars }))))
      .chain((maps) =>
        chainsOf({ counters, regulars, sets, maps }).map((chains) => ({
          family: 'inet' as const,
          name: 'sallyport',
          counters,
          sets,
          maps,
          chains,
        })),
      ),
  );

interface Names {
  readonly counters: readonly string[];
  readonly regulars: readonly string[];
}

function setNamed(name: string): fc.Arbitrary<NftSet> {
  return fc.tuple(fc.boolean(), fc.boolean()).chain(([interval, dynamic]): fc.Arbitrary<NftSet> => {
    if (dynamic && !interval) {
      const key = fc.constantFrom(...keyShapes);
      return key.map((key) => ({ name, key, flags: ['dynamic', 'timeout'], timeout: 60, size: 1000, elements: [] }));
    }
    return shapeAndKeys(interval).map(({ key, keys }) => ({
      name,
      key,
      flags: interval ? ['interval'] : [],
      elements: keys,
    }));
  });
}

function mapNamed(name: string, names: Names): fc.Arbitrary<NftMap> {
  const usable = valueTypes.filter((type) => type !== 'counter' || names.counters.length > 0);
  return fc.tuple(fc.boolean(), fc.constantFrom(...usable)).chain(([interval, value]) =>
    shapeAndKeys(interval).chain(({ key, keys }) =>
      fc.tuple(...keys.map(() => fc.constantFrom(...valuesOf(value, names)))).map((values) => ({
        name,
        key,
        flags: interval ? (['interval'] as const) : [],
        value,
        elements: keys.map((text, i) => [text, values[i] ?? ''] as const),
      })),
    ),
  );
}

function shapeAndKeys(interval: boolean) {
  return fc.constantFrom(...(interval ? intervalShapes : keyShapes)).chain((key) => {
    const parts = key.map((type) => fc.constantFrom(...(interval ? intervals : singles)[type]));
    const whole = fc.tuple(...parts).map((texts) => texts.join(' . '));
    // nft 1.0.6 dies of it where it makes intervals of a single type itself.
    const hasCatchAll = !interval || key.length > 1;
    const one = hasCatchAll ? fc.oneof({ weight: 5, arbitrary: whole }, fc.constant(catchAll)) : whole;
    const keys = fc.uniqueArray(one, { maxLength: 6 });
    return keys.map((keys) => ({ key, keys }));
  });
}

function valuesOf(type: NftValueType, names: Names): readonly string[] {
  if (type === 'counter') return names.counters;
  if (type === 'verdict') return [...verdicts, ...names.regulars.map((name) => `goto ${name}`)];
  return singles[type];
}

interface Parts extends Names {
  readonly sets: readonly NftSet[];
  readonly maps: readonly NftMap[];
}

function chainsOf(parts: Parts): fc.Arbitrary<readonly NftChain[]> {
  const rule = fc.constantFrom(...rulesFor(parts));
  const rules = fc.array(rule, { maxLength: 4 });
  const base = fc.option(
    fc.constantFrom<NftHook>(
      { type: 'filter', hook: 'prerouting', priority: -95, policy: 'accept' },
      { type: 'filter', hook: 'forward', priority: -150, policy: 'drop' },
      { type: 'nat', hook: 'postrouting', priority: 99, policy: 'accept' },
    ),
    { nil: undefined },
  );
  const regular = parts.regulars.map((name) => fc.record({ name: fc.constant(name), rules: leafRules(parts) }));
  return fc
    .tuple(base, rules, ...regular)
    .map(([base, rules, ...chains]) => [...(base === undefined ? [] : [{ name: 'base', base, rules }]), ...chains]);
}

function leafRules({ counters }: Names): fc.Arbitrary<readonly string[]> {
  const named = counters.map((name) => `counter name "${name}" drop`);
  return fc.array(fc.constantFrom('drop', 'meta mark set meta mark & 0xffffe000 | 0x201', ...named), { maxLength: 3 });
}

function rulesFor(parts: Parts): readonly string[] {
  const address = (key: readonly NftKeyType[]) => key.length === 1 && key[0] === 'ipv4_addr';
  return [
    'accept',
    'ct state new meta mark and 0x1fff == 0 return',
    ...parts.regulars.map((name) => `jump ${name}`),
    ...parts.counters.map((name) => `tcp dport 80 counter name "${name}" accept`),
    ...parts.sets.filter((set) => address(set.key)).map((set) => `ip daddr @${set.name} accept`),
    ...parts.maps
      .filter((map) => address(map.key) && map.value === 'verdict')
      .map((map) => `ip saddr vmap @${map.name}`),
    ...parts.maps
      .filter((map) => address(map.key) && map.value === 'mark')
      .map((map) => `meta mark set ip saddr map @${map.name}`),
  ];
}
