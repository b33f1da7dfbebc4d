/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One row: the base object with `at` set to `passes` is taken, with `at` set to `fails` refused with `message` in the answer. `undefined` removes the field. */
export interface CrdCase {
  /** Dots between keys, numbers for places in lists: `spec.rules.0.name`. */
  readonly at: string;
  readonly passes: Json | undefined;
  readonly fails: Json | undefined;
  readonly message: string;
  /** How it reaches the API server: created (the default), an update of the base object, or its status. */
  readonly by?: 'create' | 'update' | 'status';
}

/** The rows of one kind and the valid object that they change. */
export interface CrdCases {
  readonly kind: string;
  readonly plural: string;
  /** Default: sallyport.dev/v1alpha1. */
  readonly apiVersion?: string;
  readonly namespaced?: boolean;
  readonly base: { readonly metadata: { readonly name: string }; readonly [key: string]: Json };
  readonly cases: readonly CrdCase[];
}

/** `object` with the value at `path` replaced, missing objects made on the way. */
export function setAt(object: Json, path: readonly string[], value: Json | undefined): Json {
  const [key, ...rest] = path;
  if (key === undefined) throw new Error('an empty path');
  if (Array.isArray(object)) {
    return object.map((item: Json, place) => (String(place) === key ? child(item, rest, value) : item));
  }
  const record = typeof object === 'object' && object !== null && !isList(object) ? object : {};
  const { [key]: old = {}, ...others } = record;
  return rest.length === 0 && value === undefined ? others : { ...others, [key]: child(old, rest, value) };
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const child = (item: Json, rest: readonly string[], value: Json | undefined): Json =>
  rest.length === 0 ? (value === undefined ? {} : value) : setAt(item, rest, value);

/** `count` values made by `make` from 0 on. */
export const repeat = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** A list at `at`: as many items as allowed pass, one more fails. */
export const atMost = (at: string, max: number, make: (index: number) => Json): CrdCase => ({
  at,
  passes: repeat(max, make),
  fails: repeat(max + 1, make),
  message: `must have at most ${max} items`,
});

/** A list at `at` must not be empty. */
export const notEmpty = (at: string, item: Json): CrdCase => ({
  at,
  passes: [item],
  fails: [],
  message: 'should have at least 1 items',
});

/** A whole number at `at` within bounds: both bounds pass, one beyond each fails. */
export const within = (at: string, min: number, max: number): readonly CrdCase[] => [
  { at, passes: min, fails: min - 1, message: `should be greater than or equal to ${min}` },
  { at, passes: max, fails: max + 1, message: `should be less than or equal to ${max}` },
];

/** One of a few words. */
export const oneOf = (at: string, ...words: readonly string[]): readonly CrdCase[] =>
  words.map((word) => ({ at, passes: word, fails: word.toLowerCase(), message: 'Unsupported value' }));

/** A field that must be there. */
export const required = (at: string, value: Json): CrdCase => ({
  at,
  passes: value,
  fails: undefined,
  message: 'Required value',
});

/** A label selector at `at`: its two rules and its limits. */
export const selector = (at: string): readonly CrdCase[] => {
  const expression = (operator: string, values?: readonly string[]): Json => ({
    matchExpressions: [{ key: 'app', operator, ...(values === undefined ? {} : { values }) }],
  });
  const needs = 'operators In and NotIn need at least one value';
  const forbids = 'operators Exists and DoesNotExist take no values';
  return [
    { at, passes: expression('In', ['a']), fails: expression('In'), message: needs },
    { at, passes: expression('NotIn', ['a']), fails: expression('NotIn', []), message: needs },
    { at, passes: expression('Exists'), fails: expression('Exists', ['a']), message: forbids },
    { at, passes: expression('DoesNotExist', []), fails: expression('DoesNotExist', ['a']), message: forbids },
    { at, passes: expression('In', ['']), fails: expression('Like', ['a']), message: 'Unsupported value' },
    {
      at,
      passes: { matchLabels: { 'example.com/app': 'a.b_c' } },
      fails: { matchLabels: { app: '-a' } },
      message: 'should match',
    },
    atMost(`${at}.matchExpressions`, 16, (i) => ({ key: `k${i}`, operator: 'Exists' })),
    {
      at: `${at}.matchLabels`,
      passes: Object.fromEntries(repeat(16, (i) => [`k${i}`, ''])),
      fails: Object.fromEntries(repeat(17, (i) => [`k${i}`, ''])),
      message: 'must have at most 16 items',
    },
  ];
};

/** A CIDR at `at`: well-formed and without bits behind its prefix length. */
export const cidr = (at: string, wrap: (text: string) => Json = (text) => text): readonly CrdCase[] => {
  const malformed = 'must be a CIDR such as';
  const bits = 'has address bits set behind its prefix length';
  return [
    ...['203.0.113.0', '203.0.113.0/33', '203.0.113.010/32', '::ffff:1.2.3.0/120', 'fe80::1%eth0/64', '0.0.0.0/0 '].map(
      (text) => ({
        at,
        passes: wrap('203.0.113.0/24'),
        fails: wrap(text),
        message: malformed,
      }),
    ),
    { at, passes: wrap('203.0.113.128/25'), fails: wrap('203.0.113.129/25'), message: bits },
    { at, passes: wrap('2001:db8::/32'), fails: wrap('2001:db8::1/32'), message: bits },
    { at, passes: wrap('0.0.0.0/0'), fails: wrap('0.0.0.1/0'), message: bits },
    { at, passes: wrap('::/0'), fails: wrap('::1/0'), message: bits },
  ];
};

/** An IP address at `at`; of one family when `family` is given. */
export const ip = (at: string, family?: 4 | 6, wrap: (text: string) => Json = (text) => text): readonly CrdCase[] => {
  const good = family === 6 ? '2001:db8::1' : '192.0.2.1';
  const word = family === undefined ? 'an IP address' : `an IPv${family} address`;
  const bad = [
    '192.0.2.01',
    '192.0.2.256',
    'fe80::1%eth0',
    '192.0.2.1/32',
    ...(family === 4 ? ['2001:db8::1'] : []),
    ...(family === 6 ? ['192.0.2.1'] : []),
  ];
  return bad.map((text) => ({ at, passes: wrap(good), fails: wrap(text), message: `must be ${word} such as` }));
};
