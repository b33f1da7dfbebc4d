import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerTo, readAnswer, smallest, writeRequest } from '../../../src/probe/packet.ts';

const cookie = '0123456789abcdef';
const request = { size: 200, sequence: 7, nonce: 'fedcba9876543210' };
const seen = { source: '2001:db8:2::100', node: 'node-1' };

describe('datagrams of the probe', () => {
  test('an answer tells what was asked and seen, and is as long as its request', () => {
    for (const size of [smallest, 1422, 65_507]) {
      const asked = writeRequest(cookie, { ...request, size });
      const answer = answerTo(cookie, asked, seen);
      expect([asked.length, answer?.length]).toEqual([size, size]);
      expect(readAnswer(cookie, answer ?? new Uint8Array())).toEqual({ ...request, size, ...seen });
    }
  });

  test('a long name of a node is cut', () => {
    const answer = answerTo(cookie, writeRequest(cookie, request), { ...seen, node: 'n'.repeat(253) });
    expect(readAnswer(cookie, answer ?? new Uint8Array())?.node).toBe('n'.repeat(63));
  });

  test('who does not know the cookie is not answered, nor is an answer', () => {
    const asked = writeRequest(cookie, request);
    const answer = answerTo(cookie, asked, seen) ?? new Uint8Array();
    expect(answerTo('0123456789abcdee', asked, seen)).toBeUndefined();
    expect(answerTo(cookie, answer, seen)).toBeUndefined();
    expect(readAnswer('0123456789abcdee', answer)).toBeUndefined();
    expect(readAnswer(cookie, asked)).toBeUndefined();
  });

  test('one that is shorter or longer than it says is none', () => {
    const asked = writeRequest(cookie, request);
    for (const bytes of [asked.subarray(0, -1), Uint8Array.of(...asked, 0), asked.subarray(0, smallest - 1)])
      expect(answerTo(cookie, bytes, seen)).toBeUndefined();
  });

  test('whatever comes behind the cookie is read as an answer of plain words or not at all', () => {
    const head = Uint8Array.from(Buffer.from(`${cookie}02`, 'hex'));
    const bytes = fc
      .uint8Array({ minLength: smallest - 9, maxLength: 300 })
      .map((rest) => Uint8Array.of(...head, ...rest));
    fc.assert(
      fc.property(bytes, (datagram) => {
        new DataView(datagram.buffer).setUint16(10, datagram.length);
        const answer = readAnswer(cookie, datagram);
        if (answer === undefined) return;
        expect(answer.node).toMatch(/^[a-z0-9][-a-z0-9.]{0,62}$/);
        expect(answer.source).toMatch(/^[0-9a-f.:]+$/);
      }),
    );
  });
});
