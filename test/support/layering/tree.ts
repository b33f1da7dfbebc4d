/** A folder of sources needs a README of at most this many lines. */
export const longestReadme = 30;

/** What a test without a file of its own name covers: `test` matches its path, `why` says what it is about. */
export interface MirrorException {
  readonly test: RegExp;
  readonly why: string;
}

/** Folders under src (those with sources somewhere in them, `gen` left out) whose README.md is missing or too long. */
export function checkReadmes(sources: readonly string[], readmes: Readonly<Record<string, string>>): string[] {
  const folders = sources.flatMap((path) => {
    const parts = path.split('/');
    return parts.slice(2).map((_, i) => parts.slice(0, i + 2).join('/'));
  });
  // conntrackd-config and keepalived-config are npm packages: their READMEs are the packages' own, for their users.
  const wanted = [...new Set(folders)]
    .filter((folder) => !/\/gen$|^src\/(conntrackd|keepalived)-config\/src$/.test(folder))
    .sort();
  return wanted.flatMap((folder) => {
    const text = readmes[`${folder}/README.md`];
    if (text === undefined) return [`${folder} has no README.md`];
    const lines = text.trimEnd().split('\n').length;
    const isPackage = /^src\/(conntrackd|keepalived)-config/.test(folder);
    return lines > longestReadme && !isPackage
      ? [`${folder}/README.md has ${lines} lines, more than ${longestReadme}`]
      : [];
  });
}

/** Unit tests that mirror no file: test/unit/X/y.test.ts (and y.property.test.ts) stands for src/X/y.ts (or, under support/, hack/ and conformance/, for that tree's). */
export function checkMirror(
  tests: readonly string[],
  files: readonly string[],
  exceptions: readonly MirrorException[],
): string[] {
  const existing = new Set(files);
  const lonely = tests.filter(
    (test) => !exceptions.some((exception) => exception.test.test(test)) && !existing.has(mirrored(test)),
  );
  const idle = exceptions.filter((exception) => !tests.some((test) => exception.test.test(test)));
  return [
    ...lonely.map((test) => `${test} mirrors ${mirrored(test)}, which does not exist`),
    ...idle.map(({ test, why }) => `the exception ${test} (${why}) stands for no test`),
  ];
}

function mirrored(test: string): string {
  const inside = test.replace(/^test\/unit\//, '').replace(/(\.property)?\.test\.ts$/, '.ts');
  if (/^(bench|support)\//.test(inside)) return `test/${inside}`;
  if (/^(hack|conformance)\//.test(inside)) return inside;
  return `src/${inside.replace(/^((conntrackd|keepalived)-config)\//, '$1/src/')}`;
}
