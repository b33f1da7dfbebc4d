import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disjointPorts, type PortEntry } from '../../../src/net/port.ts';

type Entry = PortEntry<'TCP' | 'UDP', string>;
const entry = (protocol: 'TCP' | 'UDP', from: number, to: number, value: string): Entry => ({
  protocol,
  from,
  to,
  value,
});
const shown = (entries: readonly Entry[]) =>
  entries.map(({ protocol, from, to, value }) => `${protocol} ${from}-${to} ${value}`);

describe('disjointPorts', () => {
  it('lets the first win and cuts the weaker around it', () => {
    expect(shown(disjointPorts([entry('TCP', 80, 80, 'a'), entry('TCP', 0, 65535, 'b')]))).toEqual([
      'TCP 0-79 b',
      'TCP 80-80 a',
      'TCP 81-65535 b',
    ]);
  });

  it('drops what is wholly covered', () => {
    expect(shown(disjointPorts([entry('TCP', 0, 65535, 'a'), entry('TCP', 443, 443, 'b')]))).toEqual(['TCP 0-65535 a']);
  });

  it('joins neighbours with one value, also over a stronger entry of the same value', () => {
    expect(shown(disjointPorts([entry('TCP', 5, 6, 'a'), entry('TCP', 0, 9, 'a'), entry('TCP', 10, 11, 'a')]))).toEqual(
      ['TCP 0-11 a'],
    );
  });

  it('keeps protocols apart', () => {
    expect(
      shown(disjointPorts([entry('UDP', 53, 53, 'a'), entry('TCP', 53, 53, 'b'), entry('TCP', 52, 53, 'c')])),
    ).toEqual(['TCP 52-52 c', 'TCP 53-53 b', 'UDP 53-53 a']);
  });

  it('agrees with the first match of a scan at every port, and is as coarse as can be', () => {
    const any = fc
      .record({
        protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
        a: fc.nat(30),
        b: fc.nat(30),
        value: fc.constantFrom('x', 'y', 'z'),
      })
      .map(({ protocol, a, b, value }) => entry(protocol, Math.min(a, b), Math.max(a, b), value));
    fc.assert(
      fc.property(fc.array(any, { maxLength: 15 }), (entries) => {
        const cut = disjointPorts(entries);
        for (const protocol of ['TCP', 'UDP'] as const) {
          let changes = 0;
          let before: string | undefined;
          for (let port = 0; port <= 31; port += 1) {
            const covers = (e: Entry) => e.protocol === protocol && e.from <= port && port <= e.to;
            const first = entries.find(covers)?.value;
            expect(cut.filter(covers).map(({ value }) => value)).toEqual(first === undefined ? [] : [first]);
            if (first !== undefined && first !== before) changes += 1;
            before = first;
          }
          expect(cut.filter((e) => e.protocol === protocol)).toHaveLength(changes);
        }
      }),
    );
  });
});
