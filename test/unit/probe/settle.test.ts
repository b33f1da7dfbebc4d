import { describe, expect, test } from 'vitest';
import { isInDoubt, nothingKnown, type Standing, settle } from '../../../src/probe/settle.ts';
import type { Proof } from '../../../src/probe/verdict.ts';

const good: Proof = {
  ...{ result: 'Verified', address: '192.0.2.100', node: 'node-2', mtu: 1450, roundTripMilliseconds: 2 },
};
const silent: Proof = { result: 'NoAnswer', address: '192.0.2.100' };
const lossy: Proof = { ...good, result: 'Loss', lossPercent: 30 };
const standingAfter = (...proofs: readonly Proof[]): Standing => proofs.reduce(settle, nothingKnown);
const said = (...proofs: readonly Proof[]) => standingAfter(...proofs).said?.result;

describe('settle', () => {
  test('the first good burst is believed, a bad one only with two more', () => {
    expect(said(good)).toBe('Verified');
    expect([said(silent), said(silent, silent), said(silent, silent, silent)]).toEqual([
      undefined,
      undefined,
      'NoAnswer',
    ]);
  });

  test('a failover between two good bursts is no news', () => {
    expect(standingAfter(good, silent, silent, good)).toEqual({ said: good, doubt: undefined });
    expect(said(good, silent, silent, good, silent, silent)).toBe('Verified');
  });

  test('three bad ones in a row are, when they agree', () => {
    expect(said(good, silent, silent, silent)).toBe('NoAnswer');
    expect(said(good, silent, lossy, silent, lossy)).toBe('Verified');
  });

  test('two good ones end it', () => {
    const bad = [silent, silent, silent];
    expect([said(...bad, good), said(...bad, good, good)]).toEqual(['NoAnswer', 'Verified']);
  });

  test('a round trip that moves a little is the same words, one that moves for good is told after twelve', () => {
    const slower = { ...good, roundTripMilliseconds: 20 };
    const slow = { ...good, roundTripMilliseconds: 50 };
    const times = (count: number, proof: Proof) => Array.from({ length: count }, () => proof);
    expect(standingAfter(good, ...times(20, slower)).said).toBe(good);
    expect(standingAfter(good, ...times(11, slow)).said).toBe(good);
    expect(standingAfter(good, ...times(12, slow)).said).toBe(slow);
    expect(standingAfter(good, ...times(11, slow), good, ...times(11, slow)).said).toBe(good);
  });

  test('another owner is told after three', () => {
    const moved = { ...good, node: 'node-3' };
    expect([standingAfter(good, moved, moved).said, standingAfter(good, moved, moved, moved).said]).toEqual([
      good,
      moved,
    ]);
  });

  test('is in doubt while another result shows itself, not while figures move', () => {
    expect(isInDoubt(standingAfter(good))).toBe(false);
    expect(isInDoubt(standingAfter(silent))).toBe(true);
    expect(isInDoubt(standingAfter(good, silent))).toBe(true);
    expect(isInDoubt(standingAfter(good, { ...good, roundTripMilliseconds: 100 }))).toBe(false);
    expect(isInDoubt(standingAfter(silent, silent, silent))).toBe(false);
  });
});
