import { describe, expect, test } from 'vitest';
import { type Burst, proofOf } from '../../../src/probe/verdict.ts';

const expected = { address: '192.0.2.100', sender: '198.18.0.1', mtu: 1450 };
const answers = (count: number, source = expected.address) =>
  Array.from({ length: count }, (_, index) => ({ source, node: 'node-2', milliseconds: 3 + index }));
const full = [{ bytes: 1450, answered: true }];
const burst = (fields: Partial<Burst>): Burst => ({ sent: 10, answers: answers(10), sizes: full, ...fields });
const proof = (fields: Partial<Burst>) => proofOf(burst(fields), expected);

describe('proofOf', () => {
  test('all answered at the full size: verified, with rounded figures', () => {
    expect(proof({})).toEqual({
      ...{ result: 'Verified', address: '192.0.2.100', node: 'node-2', mtu: 1450, roundTripMilliseconds: 5 },
    });
  });

  test('one lost datagram is no news, two are, in steps of ten', () => {
    expect(proof({ answers: answers(9) })).toMatchObject({ result: 'Verified' });
    expect(proof({ answers: answers(9) })).not.toHaveProperty('lossPercent');
    expect(proof({ answers: answers(8) })).toMatchObject({ result: 'Loss', lossPercent: 20 });
    expect(proof({ answers: answers(1) })).toMatchObject({ result: 'Loss', lossPercent: 90 });
  });

  test('no answer', () => {
    expect(proof({ answers: [] })).toEqual({ result: 'NoAnswer', address: '192.0.2.100' });
  });

  test('one answer of another source outweighs all else', () => {
    const mixed = [...answers(5), ...answers(1, '192.0.2.12')];
    expect(proof({ answers: mixed })).toMatchObject({ result: 'WrongSource', source: '192.0.2.12', node: 'node-2' });
    expect(proof({ answers: answers(1, '198.18.0.1') })).toMatchObject({ result: 'NotCaught', source: '198.18.0.1' });
  });

  test('the largest size that came through', () => {
    const sizes = [
      { bytes: 1450, answered: false },
      { bytes: 1400, answered: true },
      { bytes: 1280, answered: true },
    ];
    expect(proof({ sizes })).toMatchObject({ result: 'PathMtu', mtu: 1400 });
    const none = proof({ sizes: [{ bytes: 1450, answered: false }] });
    expect(none).toMatchObject({ result: 'PathMtu' });
    expect(none).not.toHaveProperty('mtu');
  });

  test.each([
    [0.2, 1],
    [1.2, 2],
    [20, 20],
    [21, 50],
    [900, 1_000],
  ])('a round trip of %d ms is said as %d', (milliseconds, said) => {
    const once = [{ source: expected.address, node: 'node-2', milliseconds }];
    expect(proof({ sent: 1, answers: once })).toMatchObject({ roundTripMilliseconds: said });
  });
});
