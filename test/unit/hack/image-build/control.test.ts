import { describe, expect, it } from 'vitest';
import { parseControl, sourceOf } from '../../../../hack/image-build/control.ts';

describe('parseControl', () => {
  const fields = parseControl('Package: x\nVersion: 1.2-3+b1\nSource: y (1.2-3)\nDescription: a\n b\n .\n c\n');

  it('joins lines that go on', () => {
    expect(fields.get('Description')).toBe('a\n b\n .\n c');
  });

  it('knows the source package', () => {
    expect(sourceOf(fields)).toBe('y 1.2-3');
    expect(sourceOf(parseControl('Package: x\nVersion: 1:1\n'))).toBe('x 1:1');
    expect(sourceOf(parseControl('Package: x\nVersion: 1:1\nSource: y\n'))).toBe('y 1:1');
  });
});
