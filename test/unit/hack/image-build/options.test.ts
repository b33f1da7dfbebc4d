import { describe, expect, it } from 'vitest';
import { imageName, parseImageOptions } from '../../../../hack/image-build/options.ts';

describe('imageName', () => {
  it.each([
    ['sallyport', 'docker.io/library/sallyport:0.1.0'],
    ['sallyport:dev', 'docker.io/library/sallyport:dev'],
    ['team/sallyport', 'docker.io/team/sallyport:0.1.0'],
    ['registry.example:5000/a/sallyport', 'registry.example:5000/a/sallyport:0.1.0'],
    ['localhost/sallyport:x', 'localhost/sallyport:x'],
  ])('completes %s', (name, whole) => {
    expect(imageName(name, '0.1.0')).toBe(whole);
  });

  it.each(['', 'Sallyport', 'a b', '/x', 'x/'])('refuses "%s"', (name) => {
    expect(() => imageName(name, '0.1.0')).toThrow('no image has such a name');
  });
});

describe('parseImageOptions', () => {
  it('knows its processors', () => {
    expect(parseImageOptions(['--arch', 'arm64', '--output', '/x.tar'], '0.1.0')).toEqual({
      ...{ kind: 'build', arch: 'arm64', name: 'docker.io/library/sallyport:0.1.0', output: '/x.tar' },
    });
    expect(() => parseImageOptions(['--arch', 'riscv64'], '0.1.0')).toThrow('--arch riscv64: must be amd64 or arm64');
    expect(() => parseImageOptions(['--what'], '0.1.0')).toThrow('--what');
  });

  it('pins elsewhere on demand', () => {
    expect(parseImageOptions(['--update-lock'], '0.1.0')).toEqual({ kind: 'update-lock' });
    expect(parseImageOptions(['--update-lock', '--lock', '/l'], '0.1.0')).toEqual({ kind: 'update-lock', lock: '/l' });
    expect(parseImageOptions(['--lock', '/l'], '0.1.0')).toMatchObject({ kind: 'build', lock: '/l' });
  });
});
