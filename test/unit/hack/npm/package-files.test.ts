import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { npmPackageFiles, type PackageParts } from '../../../../hack/npm/package-files.ts';

const root = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'));
const parts: PackageParts = {
  root,
  bundle: [
    { path: 'sallyport.mjs', text: "#!/usr/bin/env node\nimport './parts/a.mjs';\n" },
    { path: 'parts/a.mjs', text: 'run();\n' },
  ],
  bundled: [
    { name: 'a', version: '1.0.0', license: 'MIT', texts: new Map([['LICENSE', Buffer.from('Copyright A\n')]]) },
    { name: '@b/c', version: '2.0.0', license: 'Unlicense', texts: new Map() },
  ],
  license: 'Apache',
  readme: '# sallyport\n',
};
const textOf = (path: string) => npmPackageFiles(parts).find((file) => file.path === path)?.text ?? '';

test('its manifest has what npm needs, and nothing to install, to run at installation, or to keep it from being published', () => {
  const manifest = JSON.parse(textOf('package.json'));
  const { version, license, engines, description } = root;
  expect(manifest).toMatchObject({ name: 'sallyport', version, license, engines, description, type: 'module' });
  for (const key of ['dependencies', 'devDependencies', 'scripts', 'private', 'workspaces'])
    expect(manifest).not.toHaveProperty(key);
});

test('every program that it names is a file that can be run, and all that is listed is there', () => {
  const { bin, files } = JSON.parse(textOf('package.json'));
  expect(Object.keys(bin)).toEqual(['sallyport', 'kubectl-egress', 'kubectl_complete-egress']);
  for (const path of Object.values(bin)) {
    const file = npmPackageFiles(parts).find((each) => each.path === path);
    expect(file).toMatchObject({ mode: 0o755, text: expect.stringMatching(/^#!\/usr\/bin\/env node\n/) });
  }
  const paths = npmPackageFiles(parts).map(({ path }) => path);
  for (const listed of files) expect(paths.filter((path) => path.split('/')[0] === listed)).toHaveLength(1);
  expect(paths).toContain('parts/a.mjs');
  expect(paths).toEqual(expect.arrayContaining(['README.md', 'LICENSE']));
});

test('says whose work is in it, under which terms', () => {
  const text = textOf('LICENSES-BUNDLED.txt');
  expect(text).toContain('a 1.0.0 (MIT)\n\nCopyright A\n');
  expect(text).toContain('@b/c 2.0.0 (Unlicense)\n\nno text in the package\n');
});

test('refuses a bundle that no shell can start', () => {
  expect(() => npmPackageFiles({ ...parts, bundle: [{ path: 'sallyport.mjs', text: 'run();\n' }] })).toThrow(
    'does not begin with #!',
  );
});
