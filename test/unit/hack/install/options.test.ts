import { describe, expect, it } from 'vitest';
import { parseImageName, parseInstallOptions } from '../../../../hack/install/options.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('parseImageName', () => {
  it.each([
    ['sallyport', { newName: 'sallyport' }],
    ['sallyport:v1', { newName: 'sallyport', newTag: 'v1' }],
    ['registry.example:5000/team/sallyport', { newName: 'registry.example:5000/team/sallyport' }],
    [`registry.example/sallyport:v1@${digest}`, { newName: 'registry.example/sallyport', newTag: 'v1', digest }],
  ])('takes %s apart', (text, parts) => {
    expect(parseImageName(text)).toEqual(parts);
  });

  it.each(['', 'Sallyport', 'sallyport@sha256:abc', 'sallyport:', 'a b'])('refuses "%s"', (text) => {
    expect(() => parseImageName(text)).toThrow('expected NAME[:TAG][@sha256:DIGEST]');
  });
});

describe('parseInstallOptions', () => {
  it('knows the overlays', () => {
    expect(parseInstallOptions([]).folder).toMatch(/config\/install$/);
    expect(parseInstallOptions(['--overlay', 'isolation']).folder).toMatch(/config\/overlays\/isolation$/);
    expect(parseInstallOptions(['--overlay', 'uninstall']).folder).toMatch(/config\/uninstall$/);
    for (const name of ['nothing', '../install'])
      expect(() => parseInstallOptions(['--overlay', name])).toThrow(`--overlay ${name}: there is none`);
  });
});
