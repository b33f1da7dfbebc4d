import { expect, test } from 'vitest';
import { nothingKnown } from '../../../src/probe/settle.ts';
import { worstOf } from '../../../src/probe/summary.ts';
import type { Proof } from '../../../src/probe/verdict.ts';

const proof = (result: Proof['result'], roundTripMilliseconds = 1): Proof => ({
  ...{ result, address: '192.0.2.100', roundTripMilliseconds },
});
const standing = (said: Proof) => ({ said, doubt: undefined });

test('the worst of all ways is said', () => {
  const all = (['Loss', 'Verified', 'NotCaught', 'NoAnswer'] as const).map((result) => standing(proof(result)));
  expect(worstOf(all)?.result).toBe('NotCaught');
  expect(worstOf(all.slice(0, 2))?.result).toBe('Loss');
  expect(worstOf([standing(proof('Verified', 1)), standing(proof('Verified', 5))])).toEqual(proof('Verified', 5));
});

test('nothing is verified before all ways are, but what is bad is told', () => {
  expect(worstOf([])).toBeUndefined();
  expect(worstOf([standing(proof('Verified')), nothingKnown])).toBeUndefined();
  expect(worstOf([standing(proof('NoAnswer')), nothingKnown])?.result).toBe('NoAnswer');
});
