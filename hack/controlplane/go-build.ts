import { mkdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { controlPlaneCacheDir, makeWorkDir, moveIntoCache } from './cache.ts';
import { goModuleDir } from './go.ts';
import { run, say, timed } from './run.ts';
import { type ControlPlaneBinary, goPackages, kubernetesVersion } from './versions.ts';

/** About how many packages all five programs have together: only for the progress lines. */
const packageCount = 2700;

/** The version that `kubectl version` and the API server's /version answer; Kubernetes takes it from the linker. */
function linkerFlags(): string {
  const [major, minor] = kubernetesVersion.split('.');
  const component = 'k8s.io/component-base/version';
  const values = {
    [`${component}.gitVersion`]: `v${kubernetesVersion}`,
    [`${component}.gitMajor`]: major,
    [`${component}.gitMinor`]: minor,
    [`${component}.gitTreeState`]: 'clean',
    [`${component}.gitCommit`]: 'modules',
    'k8s.io/client-go/pkg/version.gitVersion': `v${kubernetesVersion}`,
  };
  return ['-s', '-w', ...Object.entries(values).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
}

/**
 * Builds the named programs from Go modules into the cache. One `go build` for all of them, so that the processors are busy to
 * the end; no debug information, as the linker would drop it.
 */
export async function buildControlPlane(names: readonly ControlPlaneBinary[], env: NodeJS.ProcessEnv): Promise<void> {
  await using work = await makeWorkDir();
  const progress = reportProgress(names);
  const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-pgo=off', '-gcflags=all=-dwarf=false'];
  try {
    await timed(`build ${names.join(', ')}`, () =>
      run(
        [
          'go',
          'build',
          '-v',
          ...flags,
          '-ldflags',
          linkerFlags(),
          '-o',
          `${work.path}/`,
          ...names.map((n) => goPackages[n]),
        ],
        { cwd: goModuleDir, env: { ...compilerMemory(), ...env }, onError: progress.line },
      ),
    );
  } finally {
    progress.stop();
  }
  await mkdir(controlPlaneCacheDir(), { recursive: true });
  for (const name of names) {
    await moveIntoCache(join(work.path, programName(goPackages[name])), join(controlPlaneCacheDir(), name));
  }
}

/**
 * Compilers that collect no garbage until memory gets short: a fifth less work (109 s of processor time instead of
 * 141 for client-go). Each process has its share of what this machine, or this container, has.
 */
export function compilerMemory(): NodeJS.ProcessEnv {
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return { GOGC: 'off', GOMEMLIMIT: `${Math.floor(memory / (availableParallelism() + 2))}` };
}

/** The file that `go build` makes of a package: its last element, a version left out. */
function programName(goPackage: string): string {
  return basename(/\/v\d+$/.test(goPackage) ? dirname(goPackage) : goPackage);
}

function reportProgress(names: readonly string[]): {
  readonly line: (line: string) => void;
  readonly stop: () => void;
} {
  const start = performance.now();
  let downloads = 0;
  let packages = 0;
  say(`building ${names.join(', ')} from Go modules: minutes the first time, never again`);
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - start) / 1000);
    say(`${seconds} s: ${downloads} modules downloaded, ${packages} of about ${packageCount} packages compiled`);
  }, 20_000);
  return {
    line: (line) => {
      if (line.startsWith('go: downloading')) downloads++;
      else if (/^[\w./-]+$/.test(line)) packages++;
    },
    stop: () => clearInterval(timer),
  };
}
