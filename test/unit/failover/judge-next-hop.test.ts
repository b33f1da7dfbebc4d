import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Judgement, judgeNextHop, type Look, unjudged } from '../../../src/failover/judge-next-hop.ts';

const answered: Look = { answers: 1, milliseconds: 1_000, asked: true };
const silence: Look = { answers: 0, milliseconds: 1_010, asked: true };
const late: Look = { answers: 0, milliseconds: 4_000, asked: true };
const unasked: Look = { answers: 0, milliseconds: 1_000, asked: false };
const judged = (...looks: readonly Look[]) => looks.reduce(judgeNextHop, unjudged).verdict;

describe('a next hop', () => {
  test('is not judged before its first answer, however long it is silent', () => {
    expect(judged(...Array<Look>(100).fill(silence))).toBe('unjudged');
    expect(judged(silence, answered)).toBe('alive');
  });

  test('is dead after three seconds without an answer, not after two', () => {
    expect(judged(answered, silence, silence)).toBe('alive');
    expect(judged(answered, silence, silence, silence)).toBe('dead');
    expect(judged(answered, silence, silence, answered, silence, silence)).toBe('alive');
  });

  test('is alive again after two answers, not after one, and not with a silent second between them', () => {
    const dead = [answered, silence, silence, silence];
    expect(judged(...dead, answered)).toBe('dead');
    expect(judged(...dead, answered, answered)).toBe('alive');
    expect(judged(...dead, { ...answered, answers: 2 })).toBe('alive');
    expect(judged(...dead, answered, silence, answered)).toBe('dead');
  });

  test('seconds in which we did not run, or did not ask, are no evidence', () => {
    expect(judged(answered, late, late, late, late)).toBe('alive');
    expect(judged(answered, unasked, unasked, unasked, unasked)).toBe('alive');
    expect(judged(answered, silence, silence, late, unasked)).toBe('alive');
    expect(judged(answered, silence, late, silence, unasked, silence)).toBe('dead');
    const dead = [answered, silence, silence, silence];
    expect(judged(...dead, answered, late, answered)).toBe('alive');
    expect(judged(...dead, { ...answered, milliseconds: 9_000 }, { ...answered, milliseconds: 9_000 })).toBe('alive');
  });

  test('no more than two silent seconds between answers: never dead', () => {
    const look = fc.constantFrom<readonly Look[]>(
      [answered],
      [answered, silence],
      [answered, silence, late, silence],
      [unasked, answered],
    );
    fc.assert(
      fc.property(fc.array(look), (looks) => {
        let judgement: Judgement = unjudged;
        for (const seen of looks.flat()) {
          judgement = judgeNextHop(judgement, seen);
          expect(judgement.verdict).not.toBe('dead');
        }
      }),
    );
  });
});
