import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProcess, type TestProcess, tailLog } from '../../support/child-process.ts';
import { renderKubeconfig } from '../../support/kubeconfig.ts';
import { agree, type HollowRun } from './run.ts';
import { requestToken } from './world.ts';

const cli = join(import.meta.dirname, '..', '..', '..', 'src', 'cli', 'main.ts');

/** A controller as a process of its own, with its ServiceAccount's rights. */
export interface Controller extends AsyncDisposable {
  readonly pid: number;
  /** Since its start. */
  seconds(): number;
  ready(): Promise<void>;
  leads(): Promise<boolean>;
  stop(): Promise<void>;
}

/** Starts one of this name, which is `one` or `two`: they listen on different ports. */
export async function startController({ world: { server }, dir }: HollowRun, name: 'one' | 'two'): Promise<Controller> {
  const { url, caData } = server;
  const kubeconfig = join(dir, `${name}.kubeconfig`);
  await writeFile(
    kubeconfig,
    renderKubeconfig({ url, caData, token: await requestToken(server, 'sallyport-controller') }),
  );
  const log = join(dir, `${name}.log`);
  const listen = name === 'one' ? 18_480 : 18_481;
  const started = performance.now();
  const flags = ['--kubeconfig', kubeconfig, '--identity', name, '--listen', `127.0.0.1:${listen}`];
  const command = [process.execPath, '--max-old-space-size=2048', cli, 'controller', ...flags];
  const child: TestProcess = startProcess(command, log);
  const ask = (path: string) => fetch(`http://127.0.0.1:${listen}${path}`).catch(() => undefined);
  const check = async () => {
    if (!child.alive()) throw new Error(`the controller ended:\n${await tailLog(log)}`);
  };
  const isReady = async () => {
    await check();
    return (await ask('/readyz'))?.ok === true;
  };
  return {
    pid: child.pid,
    seconds: () => (performance.now() - started) / 1_000,
    ready: () => agree(`controller ${name} ready`, async () => ((await isReady()) ? 1 : 0), 1),
    leads: async () => {
      await check();
      return /^sallyport_controller_leading(\{[^}]*\})? 1$/m.test((await (await ask('/metrics'))?.text()) ?? '');
    },
    stop: () => child.end('SIGTERM', 30_000),
    [Symbol.asyncDispose]: () => child.end('SIGTERM', 5_000),
  };
}
