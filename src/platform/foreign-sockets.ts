import { spawn } from 'node:child_process';
import type { Socket } from 'node:dgram';
import { childEnv } from './child.ts';
import { type UdpSocket, udpSocketFrom } from './udp.ts';

/** A socket to be opened: canonical address of the new namespace, port (0: any). */
export interface SocketWish {
  readonly address: string;
  readonly port: number;
}

export interface ForeignSocketsOptions {
  /** Becomes the program that follows it, in a new network namespace; default `unshare --net`. */
  readonly enter?: readonly [string, ...string[]];
  readonly wishes: readonly SocketWish[];
  /** Called once, when the namespace is there: process `pid` is in it. What it throws ends the whole. */
  prepare(pid: number): Promise<void>;
  readonly signal: AbortSignal;
  /** Default 30,000. */
  readonly timeoutMs?: number;
  /** Told of the process that is spawned. */
  onSpawn?(command: string): void;
}

/**
 * Opens UDP sockets in a network namespace made for them. The process that opened them ends: the namespace, with all devices in it,
 * lives exactly as long as the sockets, so that one who is killed leaves nothing behind. Throws Error with what the process said.
 */
export async function openForeignSockets(options: ForeignSocketsOptions): Promise<readonly UdpSocket[]> {
  const { enter = ['unshare', '--net'], wishes, signal, timeoutMs = 30_000 } = options;
  const [command, ...args] = enter;
  options.onSpawn?.(command);
  const ending = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  ending.throwIfAborted();
  const child = spawn(command, [...args, process.execPath, '-e', `(${openSockets.toString()})()`], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: childEnv(undefined),
  });
  const opened: Socket[] = [];
  let said = '';
  let failed = false;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2048);
  });
  const ended = new Promise<void>((resolve, reject) => {
    const fail = (why: unknown) => reject(new Error(`opening sockets by ${command}: ${String(why)} ${said.trim()}`));
    child.on('error', fail);
    child.on('close', (code, killed) => (code === 0 ? resolve() : fail(killed ?? `exit status ${code}`)));
    ending.addEventListener('abort', () => fail(ending.reason), { once: true });
    child.on('message', (_, socket) => {
      // One that was on its way when all was over would keep the namespace.
      if (socket !== undefined && failed) (socket as Socket).close();
      else if (socket !== undefined) opened.push(socket as Socket);
      else options.prepare(child.pid ?? 0).then(() => child.send(wishes), fail);
    });
  });
  try {
    await ended;
    if (opened.length !== wishes.length) throw new Error(`${opened.length} of ${wishes.length} sockets arrived`);
    return opened.map(udpSocketFrom);
  } catch (error) {
    failed = true;
    for (const socket of opened) socket.close();
    throw error;
  } finally {
    child.kill('SIGKILL');
  }
}

// Runs in the child from its text, so that it needs no file beside a bundle: it may use nothing from outside itself.
function openSockets(): void {
  const { createSocket } = process.getBuiltinModule('node:dgram');
  process.once('message', async (wishes) => {
    for (const { address, port } of wishes as readonly { address: string; port: number }[]) {
      const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', ipv6Only: address.includes(':') });
      await new Promise<void>((resolve) => {
        socket.bind({ address, port, exclusive: true }, resolve);
      });
      await new Promise((resolve) => {
        process.send?.('socket', socket, resolve);
      });
    }
    process.disconnect();
    process.exit(0);
  });
  process.send?.('ready');
}
