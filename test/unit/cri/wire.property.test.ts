import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMessageSplitter, FrameError, frameMessage } from '../../../src/cri/frames.ts';
import { parseEvent, parseSandboxList, parseStatusAnswer, parseVersion } from '../../../src/cri/messages.ts';
import { readFields, WireError, writeFields } from '../../../src/cri/wire.ts';

const field = fc.tuple(
  fc.integer({ min: 1, max: 536_870_911 }),
  fc.oneof(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.uint8Array({ maxLength: 300 })),
);

describe('the wire format', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        const read = readFields(writeFields(fields)).map(({ field: number, value }) => [number, value]);
        expect(
          read.map(([number, value]) => [number, typeof value === 'number' ? value : [...(value as Uint8Array)]]),
        ).toEqual(fields.map(([number, value]) => [number, typeof value === 'number' ? value : [...value]]));
      }),
    );
  });

  it('refuses every other text with a WireError, or makes something of it', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.array(field, { maxLength: 8 }).map(writeFields),
      fc
        .tuple(fc.array(field, { minLength: 1, maxLength: 8 }).map(writeFields), fc.nat(200))
        .map(([whole, cut]) => whole.subarray(0, cut)),
    );
    fc.assert(
      fc.property(bytes, (hostile) => {
        for (const parse of [readFields, parseSandboxList, parseStatusAnswer, parseEvent, parseVersion]) {
          try {
            parse(hostile);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('frames', () => {
  it('are put together again, however they are cut', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 8 });
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, cuts) => {
        const whole = Buffer.concat(sent.map(frameMessage));
        const split = createMessageSplitter(100);
        const received: number[][] = [];
        for (let at = 0, i = 0; at < whole.length; i += 1) {
          const end = at + (cuts[i % cuts.length] ?? 1);
          for (const message of split(whole.subarray(at, end))) received.push([...message]);
          at = end;
        }
        expect(received).toEqual(sent.map((message) => [...message]));
      }),
    );
  });

  it('are refused when they are too large or compressed, before they are held', () => {
    const tooLarge = frameMessage(new Uint8Array(101)).subarray(0, 5);
    expect(() => createMessageSplitter(100)(tooLarge)).toThrow(FrameError);
    expect(() => createMessageSplitter(100)(Uint8Array.from([1, 0, 0, 0, 0]))).toThrow('compressed');
  });
});
