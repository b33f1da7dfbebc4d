import { describe, expect, it } from 'vitest';
import { stampVersion } from '../../../../hack/previous/files.ts';

const source = (version: string) =>
  `/** The release. */\nexport const version = '${version}';\nexport const x = '1';\n`;

describe('stampVersion', () => {
  it('tells a commit of the same version apart', () => {
    const stamped = stampVersion(source('0.1.0'), '0.1.0', 'abcdef0123456');
    expect(stamped).toEqual({ version: '0.1.0-gabcdef0', text: source('0.1.0-gabcdef0') });
  });

  it('leaves a release alone', () => {
    expect(stampVersion(source('0.1.0'), '0.2.0', 'abcdef0')).toEqual({ version: '0.1.0', text: source('0.1.0') });
  });

  it('refuses a commit that names no version', () => {
    expect(() => stampVersion('export {};', '0.1.0', 'abcdef0')).toThrow('abcdef0 names no version');
  });
});
