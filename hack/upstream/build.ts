import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir, isExecutable, makeWorkDir, moveIntoCache } from '../controlplane/cache.ts';
import { findGo, type GoChoice, parseGoMinor } from '../controlplane/go.ts';
import { compilerMemory } from '../controlplane/go-build.ts';
import { run } from '../controlplane/run.ts';

/** The Go module with upstream's suite and our choice of its tests. */
const moduleDir = join(import.meta.dirname, '..', '..', 'conformance', 'upstream');

/** The minor version of Go that the module's go.mod asks for: older ones fetch it (GOTOOLCHAIN). */
const neededMinor = 26;

/** About how many packages the program has: only for the progress lines. */
const packageCount = 740;

/** The machine's Go with the environment that builds the module, or why there is none that can. */
export async function findUpstreamGo(): Promise<GoChoice> {
  const go = await findGo();
  if (!go.ok || (parseGoMinor(go.version) ?? 0) >= neededMinor) return go;
  return { ...go, env: { ...go.env, GOTOOLCHAIN: 'auto' } };
}

/**
 * The path of the test program, built from Go modules unless this very one is in the cache. Progress goes to `say`; throws when it
 * cannot be built, with what to do.
 */
export async function provideUpstreamSuite(say: (text: string) => void): Promise<string> {
  const program = join(cacheDir(), 'upstream', await digestSources(), 'upstream.test');
  if (isExecutable(program)) return program;
  const go = await findUpstreamGo();
  if (!go.ok) throw new Error(`cannot build upstream's suite: ${go.why}`);
  await using work = await makeWorkDir();
  const built = join(work.path, 'upstream.test');
  const options = { cwd: moduleDir, env: { ...compilerMemory(), ...go.env } };
  const flags = ['-buildvcs=false', '-mod=readonly'];
  const progress = reportProgress(say);
  try {
    // `go test -c` tells nothing of its progress, so everything it links is compiled first.
    const unused = join(work.path, 'unused');
    await run(['nice', 'go', 'build', '-v', ...flags, '-o', unused, '.'], { ...options, onError: progress.line });
    await run(['nice', 'go', 'test', '-c', ...flags, '-ldflags=-s -w', '-o', built, '.'], options);
  } finally {
    progress.stop();
  }
  await moveIntoCache(built, program);
  return program;
}

/** What the program is made of: the module's files, one hash for all. */
async function digestSources(): Promise<string> {
  const hash = createHash('sha256');
  const names = (await readdir(moduleDir)).filter((name) => /\.(go|mod|sum|md)$/.test(name)).sort();
  for (const name of names) {
    const text = await readFile(join(moduleDir, name));
    hash.update(`${name} ${text.length}\n`).update(text);
  }
  return hash.digest('hex').slice(0, 16);
}

function reportProgress(say: (text: string) => void): {
  readonly line: (line: string) => void;
  readonly stop: () => void;
} {
  const start = performance.now();
  const seconds = () => Math.round((performance.now() - start) / 1000);
  let downloads = 0;
  let packages = 0;
  say('building the suite from Go modules: one to three minutes the first time');
  const timer = setInterval(() => {
    say(`${seconds()} s: ${downloads} modules downloaded, ${packages} of about ${packageCount} packages compiled`);
  }, 20_000);
  return {
    line: (line) => {
      if (line.startsWith('go: downloading')) downloads++;
      else if (/^[\w./-]+$/.test(line)) packages++;
    },
    stop: () => {
      clearInterval(timer);
      say(`building ended after ${seconds()} s`);
    },
  };
}
