import type { NpmPackage } from '../image-build/npm-packages.ts';
import { type Bundle, bundleName as main } from '../lib/bundle.ts';

/** One file of the package; `path` from its top folder. */
export interface PackageFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

export interface PackageParts {
  /** package.json of the checkout. */
  readonly root: RootManifest;
  /** The command line: `sallyport.mjs`, beginning with #!, and its parts. */
  readonly bundle: Bundle['files'];
  /** What is in the bundle and not ours. */
  readonly bundled: readonly NpmPackage[];
  readonly license: string;
  readonly readme: string;
}

interface RootManifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
}

// The name under which the program is started says what it is to be; shims of package managers start these files, links their own name.
const otherNames = ['kubectl-egress', 'kubectl_complete-egress'];
const licences = 'LICENSES-BUNDLED.txt';

/** Pure: the files of the npm package; throws where the bundle would not start as a program. */
export function npmPackageFiles({ root, bundle, bundled, license, readme }: PackageParts): readonly PackageFile[] {
  if (bundle[0]?.path !== main || !bundle[0].text.startsWith('#!/usr/bin/env node\n'))
    throw new Error('src/cli/main.ts does not begin with #!');
  const plain = (path: string, text: string): PackageFile => ({ path, text, mode: 0o644 });
  return [
    plain('package.json', `${JSON.stringify(manifestOf(root), undefined, 2)}\n`),
    ...bundle.map(({ path, text }) => ({ path, text, mode: path === main ? 0o755 : 0o644 })),
    ...otherNames.map((name): PackageFile => {
      return { path: `${name}.mjs`, text: `#!/usr/bin/env node\nimport './${main}';\n`, mode: 0o755 };
    }),
    plain('README.md', readme),
    plain('LICENSE', license),
    plain(licences, renderLicences(bundled)),
  ];
}

function manifestOf({ version, description, license, engines }: RootManifest): object {
  const others = otherNames.map((name): [string, string] => [name, `${name}.mjs`]);
  return {
    ...{ name: 'sallyport', version, description, license, type: 'module', engines },
    keywords: ['kubernetes', 'gateway-api', 'egress', 'kubectl-plugin'],
    bin: { sallyport: main, ...Object.fromEntries(others) },
    files: [main, 'parts', ...otherNames.map((name) => `${name}.mjs`), licences],
  };
}

function renderLicences(bundled: readonly NpmPackage[]): string {
  const parts = bundled.map(({ name, version, license, texts }) => {
    const own = [...texts.values()].map((text) => text.toString('utf8').trim());
    return [`${name} ${version} (${license})`, ...(own.length === 0 ? ['no text in the package'] : own)].join('\n\n');
  });
  return `${[`${main} and its parts contain these packages.`, ...parts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
