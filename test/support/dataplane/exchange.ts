import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startProcess, type TestProcess, waitUntil } from '../child-process.ts';
import { inside } from './network.ts';

export interface ExchangeOptions {
  /** bulk: `size` bytes there and back over one TCP connection. fresh: each datagram from a socket of its own, so every one is another flow. */
  readonly protocol: 'udp' | 'tcp' | 'bulk' | 'fresh';
  readonly to: string;
  /** Default 8080. */
  readonly port?: number;
  readonly sourcePort?: number;
  /** Messages; default 1. */
  readonly count?: number;
  readonly intervalMs?: number;
  /** Bytes of a datagram's payload. */
  readonly size?: number;
  /** For the connection, and for answers after the last message; default 400. */
  readonly waitMs?: number;
}

export interface Exchange {
  readonly sent: number;
  readonly received: number;
  /** `address port` as the server saw them. */
  readonly sources: readonly string[];
  /** Codes such as ECONNRESET. */
  readonly errors: readonly string[];
}

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const nodeArgs = [process.execPath, '--disable-warning=ExperimentalWarning'] as const;

/** Talks from a namespace to an echo server; resolves when all answers are there or the wait is over. */
export async function exchange(namespace: string, options: ExchangeOptions): Promise<Exchange> {
  const args = [`--net=/run/netns/${namespace}`, ...nodeArgs, script('./echo-client.ts'), JSON.stringify(options)];
  const { stdout } = await promisify(execFile)('nsenter', args);
  return JSON.parse(stdout) as Exchange;
}

/** Starts an echo server on addresses of a namespace; it dies with the test file. */
export async function startEchoServer(namespace: string, addresses: readonly string[]): Promise<TestProcess> {
  const log = join(mkdtempSync(join(tmpdir(), 'echo-')), 'log');
  const server = startProcess(
    ['nsenter', `--net=/run/netns/${namespace}`, ...nodeArgs, script('./echo-server.ts'), ...addresses],
    log,
  );
  const isReady = async () => readFileSync(log, 'utf8').includes('ready');
  await waitUntil(isReady, { what: `echo server of ${namespace}`, process: server });
  return server;
}

/** One ICMP echo; whether it was answered, and ping's words. */
export function ping(namespace: string, to: string, args: readonly string[] = []): { answered: boolean; text: string } {
  const text = inside(namespace)('sh', ['-c', 'ping -c 1 -W 1 "$@" 2>&1 || true', 'ping', ...args, to]);
  return { answered: text.includes(' 1 received'), text };
}
