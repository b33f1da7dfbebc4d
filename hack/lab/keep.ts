import { cp, lstat, mkdir, rm } from 'node:fs/promises';
import type { ExternalNetwork } from './fixed-points.ts';
import { logDir, runDir } from './paths.ts';
import { startProcess } from './processes.ts';
import { inNetns, tool } from './tools.ts';

/** Logs and captures go to DIR/logs and DIR/captures while they are written: nothing of them is lost when the lab is killed. */
export async function keepLogs(dir: string): Promise<void> {
  for (const name of ['logs', 'captures', 'nodes']) {
    await rm(`${dir}/${name}`, { recursive: true, force: true });
    await mkdir(`${dir}/${name}`, { recursive: true });
  }
  await tool(['mount', '--bind', `${dir}/logs`, logDir]);
}

/** Captures what arrives at the outside servers (headers only). */
export function startCaptures(dir: string, networks: readonly ExternalNetwork[]): void {
  for (const { server } of networks) {
    const command = [
      'tcpdump',
      '-i',
      'eth0',
      '-n',
      '-U',
      '--immediate-mode',
      '-s',
      '128',
      '-Z',
      'root',
      '-w',
      `${dir}/captures/${server.name}.pcap`,
    ];
    startProcess(inNetns(server.name, command), { log: `${logDir}/tcpdump-${server.name}.log` });
  }
}

/** Copies what the nodes have below /run/sallyport: the rendered configurations. Sockets (conntrackd's is called .ctl) are left out. */
export async function keepConfigurations(dir: string): Promise<void> {
  await cp(`${runDir}/nodes`, `${dir}/nodes`, {
    recursive: true,
    force: true,
    filter: async (path) => !(await lstat(path)).isSocket(),
  }).catch((error: Error) => process.stderr.write(`lab: --keep: ${error.message}\n`));
}
