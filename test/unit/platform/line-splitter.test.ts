import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter } from '../../../src/platform/line-splitter.ts';

function split(chunks: readonly string[]): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

describe('createLineSplitter', () => {
  it('gives the lines of the whole text, however it is cut', () => {
    const chunk = fc.array(fc.constantFrom('a', 'b', '\n', '\r'), { maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(chunk), (chunks) => {
        const whole = chunks.join('').split('\n');
        expect(split(chunks)).toEqual(whole.at(-1) === '' ? whole.slice(0, -1) : whole);
      }),
    );
  });

  it('calls back as soon as a line is complete', () => {
    const lines: string[] = [];
    const splitter = createLineSplitter((line) => lines.push(line));
    splitter.push('{"a":1}\n{"b"');
    expect(lines).toEqual(['{"a":1}']);
  });

  it('gives up on a line without end', () => {
    const splitter = createLineSplitter(() => {});
    const piece = 'x'.repeat(1024 * 1024);
    expect(() => {
      for (let i = 0; i < 20; i += 1) splitter.push(piece);
    }).toThrow(RangeError);
  });
});
