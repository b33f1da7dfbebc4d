import { describe, expect, test } from 'vitest';
import { readDocuments } from '../../../src/migrate/read-documents.ts';
import {
  cidrOf,
  cidrsOf,
  describeOrigin,
  ipOf,
  ipsOf,
  openNotes,
  parseAddress,
  readEach,
} from '../../../src/migrate/read-each.ts';
import { formatCidr } from '../../../src/net/cidr.ts';
import { formatIp } from '../../../src/net/ip.ts';

const objects = (...specs: readonly string[]) =>
  readDocuments(
    'a.yaml',
    specs
      .map((spec, index) => `apiVersion: v1\nkind: Service\nmetadata: {name: s${index}}\nspec: ${spec}\n`)
      .join('---\n'),
  ).objects;

describe('addresses and CIDRs are read as Go reads them', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:0DB8::01', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
  ])('%s', (text, wanted) => {
    const ip = parseAddress(text);
    expect(ip && formatIp(ip)).toBe(wanted);
  });

  test('host bits are cut off, blanks around do not count, empty is absent', () => {
    const [object] = objects(
      '{one: " 192.0.2.1 ", none: "", cidr: 10.1.2.3/8, list: ["10.1.2.3/16 ", "2001:db8::1/32"], ips: ["", 192.0.2.1]}',
    );
    if (object === undefined) throw new Error('no object');
    const { values } = readEach([object], (fields) => {
      const spec = fields.map('spec');
      if (spec === undefined) throw new Error('no spec');
      return {
        one: formatIp(ipOf(spec, 'one') ?? { family: 4, value: 0n }),
        none: ipOf(spec, 'none'),
        absent: cidrOf(spec, 'absent'),
        cidr: formatCidr(cidrOf(spec, 'cidr') ?? { family: 4, base: 0n, prefix: 0 }),
        list: cidrsOf(spec, 'list').map(formatCidr),
        ips: ipsOf(spec, 'ips').map(formatIp),
      };
    });
    expect(values).toEqual([
      {
        one: '192.0.2.1',
        none: undefined,
        absent: undefined,
        cidr: '10.0.0.0/8',
        list: ['10.1.0.0/16', '2001:db8::/32'],
        ips: ['192.0.2.1'],
      },
    ]);
  });
});

test('one that cannot be read stops no other', () => {
  const { values, problems } = readEach(objects('{a: 1}', '{a: x}', '{a: y}'), (fields) =>
    fields.map('spec')?.text('a'),
  );
  expect(values).toEqual(['x', 'y']);
  expect(problems).toEqual([{ file: 'a.yaml', line: 4, message: 'Service s0: spec.a is the number 1, not a string' }]);
});

test('an error of our own is not taken for one of the source', () => {
  const broken = () => {
    throw new TypeError('a bug');
  };
  expect(() => readEach(objects('{}'), broken)).toThrow(new TypeError('a bug'));
});

test('fields that nobody knows are noted', () => {
  const [object] = objects('{known: 1, other: {a: b}, nothing: null}');
  if (object === undefined) throw new Error('no object');
  const { values } = readEach([object], (fields, origin) => {
    const book = openNotes(origin);
    const spec = fields.map('spec');
    if (spec !== undefined) book.unknown(spec, ['known']);
    return book.notes;
  });
  expect(
    values.flat().map(({ effect, origin, message }) => `${describeOrigin(origin)}: ${effect}: ${message}`),
  ).toEqual(['Service s0: lost: spec.other is not known here and has no effect']);
});
