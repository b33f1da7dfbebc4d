// Writes package-lock.json anew and completes it: a registry mirror may lack the binaries of other platforms, npm then leaves
// these optional packages out, and `npm ci` refuses a lock without them. Each gets the entry that keeps it from being installed
// where it does not fit (version, os, cpu, libc); where it does fit, npm fetches it.   node hack/update-lock.ts
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Entry {
  readonly version?: string;
  readonly optional?: boolean;
  readonly dev?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Record<string, Entry>;
}

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

const file = join(import.meta.dirname, '..', 'package-lock.json');
const options = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'];
execFileSync('npm', options, { cwd: join(file, '..'), stdio: 'inherit' });
const lock = JSON.parse(readFileSync(file, 'utf8')) as Lock;
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const here = `${path}/node_modules/${name}`;
    const above = `node_modules/${name}`;
    if (lock.packages[here] !== undefined || lock.packages[above] !== undefined) continue;
    lock.packages[above] = platformEntry(name, { version, dev: entry.dev === true });
  }
}
const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);

function platformEntry(name: string, { version, dev }: { version: string; dev: boolean }): Entry {
  if (!/^\d+\.\d+\.\d+/.test(version))
    throw new Error(`${name}: ${version} is no exact version; complete the lock by hand`);
  const words = name.split(/[/-]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : [];
  if (os.length + cpu.length === 0) throw new Error(`${name}: its name tells no platform; complete the lock by hand`);
  return {
    version,
    ...(dev ? { dev } : {}),
    optional: true,
    ...(cpu.length === 0 ? {} : { cpu }),
    ...(libc.length === 0 ? {} : { libc }),
    ...(os.length === 0 ? {} : { os }),
  };
}
