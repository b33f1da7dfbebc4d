import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../controlplane/cache.ts';
import { tool, tryTool, until } from './tools.ts';

/** A Docker daemon of our own: its images are kept in the cache, its network is a namespace without a way out. */
export interface OwnDocker extends AsyncDisposable {
  /** Enters its network namespace. Not `ip netns exec`, which mounts a new /sys and hides its cgroups. */
  readonly enter: readonly string[];
  readonly host: string;
}

const netns = 'sallyport-kind';

/** Starts it; throws where this is not root's, or dockerd is not installed. */
export async function startOwnDocker(): Promise<OwnDocker> {
  const dir = join(cacheDir(), 'docker');
  const host = `unix://${dir}/run/docker.sock`;
  const enter = ['nsenter', `--net=/run/netns/${netns}`, '--'];
  const version = ['docker', `--host=${host}`, 'version'];
  // One that was left with its cluster (--keep).
  if ((await tryTool(version)).status === 0) return { enter, host, [Symbol.asyncDispose]: () => endDaemon(dir) };
  if (process.getuid?.() !== 0) throw new Error('--own-docker needs root');
  if ((await tryTool(['which', 'dockerd'])).status !== 0)
    throw new Error('dockerd is missing: apt-get install --no-install-recommends docker.io');
  await mkdir(join(dir, 'run'), { recursive: true });
  if ((await tryTool(['ip', 'netns', 'add', netns])).status === 0)
    await tool(['ip', '-n', netns, 'link', 'set', 'lo', 'up']);
  // Docker 20.10 sets the policy of FORWARD to DROP where it is who switches this on.
  await tool([...enter, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  // Every node has a systemd, a kubelet and a containerd that each watch files.
  await tryTool(['sysctl', '-qw', 'fs.inotify.max_user_instances=1024']);
  const flags = [
    ...[`--data-root=${dir}/data`, `--exec-root=${dir}/run`, `--pidfile=${dir}/run/docker.pid`, `--host=${host}`],
    ...(await runtimeFlags(dir)),
  ];
  const log = openSync(join(dir, 'dockerd.log'), 'w');
  const [program = '', ...args] = [...enter, 'dockerd', ...flags];
  const daemon = spawn(program, args, { stdio: ['ignore', log, log], detached: true });
  daemon.unref();
  await until(`dockerd answers (${dir}/dockerd.log)`, 60, async () => {
    if (daemon.exitCode !== null) throw new Error('it has ended');
    return (await tryTool(version)).status === 0 ? true : undefined;
  });
  return { enter, host, [Symbol.asyncDispose]: () => endDaemon(dir) };
}

async function endDaemon(dir: string): Promise<void> {
  const pidFile = join(dir, 'run', 'docker.pid');
  process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM');
  await until('dockerd has ended', 60, async () => (existsSync(pidFile) ? undefined : true));
  await tryTool(['ip', 'netns', 'del', netns]);
}

/**
 * Where this machine's processes may not have CAP_SYS_RESOURCE, runc cannot give it to privileged containers, as Docker asks: a runtime
 * before runc that takes it out of what is asked for.
 */
async function runtimeFlags(dir: string): Promise<readonly string[]> {
  if (mayHave(24)) return [];
  const path = join(dir, 'runc-without-sys-resource');
  writeFileSync(
    path,
    `#!/bin/bash
# Takes CAP_SYS_RESOURCE out of the container's config.json (create, run) or process.json (exec), and becomes runc.
file= previous=
for word in "$@"; do
  case $previous in
    --bundle | -b) file=$word/config.json ;;
    --process | -p) file=$word ;;
  esac
  previous=$word
done
[ -z "$file" ] || sed -i 's/"CAP_SYS_RESOURCE",//g; s/,"CAP_SYS_RESOURCE"//g' "$file"
exec runc "$@"
`,
  );
  await chmod(path, 0o755);
  return [`--add-runtime=sallyport=${path}`, '--default-runtime=sallyport'];
}

/** Whether a capability is in our bounding set, by its number (capability.h). */
export function mayHave(capability: number): boolean {
  const [, bounding = '0'] = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return (BigInt(`0x${bounding}`) >> BigInt(capability)) % 2n === 1n;
}
