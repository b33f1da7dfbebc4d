import { expect, test } from 'vitest';
import { acceptKey, createFrameSplitter, type Frame, opcodes, renderFrame } from '../../../../hack/lab/web-socket.ts';

/** As a client sends it: masked. */
function masked(opcode: number, payload: Buffer): Buffer {
  const plain = renderFrame(opcode, payload);
  const head = Buffer.from(plain.subarray(0, plain.length - payload.length));
  head[1] = (head[1] ?? 0) | 0x80;
  const mask = Buffer.from([1, 2, 3, 4]);
  return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]);
}

test('the key of RFC 6455 §1.3', () => {
  expect(acceptKey('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});

test.each([0, 1, 125, 126, 65_535, 65_536])('a frame of %i bytes, whole and byte by byte', (length) => {
  const payload = Buffer.alloc(length, 'x');
  const bytes = Buffer.concat([masked(opcodes.binary, payload), masked(opcodes.close, Buffer.alloc(0))]);
  const wanted = [
    { opcode: opcodes.binary, payload },
    { opcode: opcodes.close, payload: Buffer.alloc(0) },
  ];
  for (const step of length > 1_000 ? [bytes.length, 4_096] : [bytes.length, 1]) {
    const frames: Frame[] = [];
    const split = createFrameSplitter((frame) => frames.push(frame));
    for (let at = 0; at < bytes.length; at += step) split(bytes.subarray(at, at + step));
    expect(frames).toEqual(wanted);
  }
});

test('a frame without a mask, and one without end, are refused', () => {
  const split = createFrameSplitter(() => {});
  expect(() => split(renderFrame(opcodes.binary, Buffer.from('x')))).toThrow(/without a mask/);
  const huge = Buffer.from([0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4]);
  expect(() => createFrameSplitter(() => {})(huge)).toThrow(/4294967296 bytes/);
});
