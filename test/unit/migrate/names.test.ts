import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createNamer, dnsLabel } from '../../../src/migrate/names.ts';

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

test.each([
  ['payments', 'payments'],
  ['a--b', 'a--b'],
  ['Team.Internet', 'team-internet'],
  ['egress-2001:db8::', 'egress-2001-db8'],
  ['-x-', 'x'],
  ['a'.repeat(63), 'a'.repeat(63)],
])('dnsLabel of %s', (text, wanted) => expect(dnsLabel(text)).toBe(wanted));

test('long names stay apart, and the same name is the same every time', () => {
  const [one, other] = ['a', 'b'].map((end) => dnsLabel('x'.repeat(80) + end));
  expect(one).toMatch(/^x{54}-[0-9a-f]{8}$/);
  expect(one).not.toBe(other);
  expect(dnsLabel(`${'x'.repeat(80)}a`)).toBe(one);
  expect(dnsLabel('Ä')).toMatch(/^unnamed-[0-9a-f]{8}$/);
});

test('whatever the names, they become labels that are unique in their scope', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom('a.b', 'a-b', 'A-B', 'a-b-2', 'x'.repeat(63), 'x'.repeat(62)))),
      (wanted) => {
        const name = createNamer();
        const names = wanted.map((text) => name('EgressRoute shop', text));
        expect(names.every((own) => label.test(own))).toBe(true);
        expect(new Set(names).size).toBe(names.length);
      },
    ),
  );
});

test('names of another scope do not count', () => {
  const name = createNamer();
  expect(['Gateway a', 'Gateway b', 'Gateway a'].map((scope) => name(scope, 'x'))).toEqual(['x', 'x', 'x-2']);
});
