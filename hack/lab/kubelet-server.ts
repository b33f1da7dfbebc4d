import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import type { EnteredCommand } from './container.ts';
import { kubeletPort } from './fixed-points.ts';
import { controlPlaneDir } from './paths.ts';
import { loadNft } from './tools.ts';
import { acceptUpgrade, createFrameSplitter, opcodes, renderFrame } from './web-socket.ts';

/** A container by the words of a kubelet's path, and what to run there. */
export interface ExecRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
}

type Enter = (request: ExecRequest) => Promise<EnteredCommand | undefined>;

const protocol = 'v4.channel.k8s.io';
const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3 } as const;

/**
 * The HTTPS port of all kubelets, as far as `exec` over a WebSocket needs one (protocol v4.channel.k8s.io, without a terminal). One server
 * for all nodes: what the API server sends to a kubelet's port goes there.
 */
export async function serveKubelets(enter: Enter): Promise<void> {
  const at = (name: string) => readFileSync(`${controlPlaneDir}/${name}`);
  const server = createServer({ cert: at('server.crt'), key: at('server.key') }, (_, response) => {
    response.writeHead(404).end('played by the lab: nothing but exec over a WebSocket is here\n');
  });
  server.on('upgrade', (request, socket, head) => void serveExec(enter, { request, socket, head }));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(kubeletPort, '::', resolve));
  await loadNft(
    undefined,
    `table inet lab-kubelet { chain out { type nat hook output priority -100; tcp dport ${kubeletPort} redirect; }; }\n`,
  );
}

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

async function serveExec(enter: Enter, { request, socket, head }: Upgrade): Promise<void> {
  socket.on('error', () => socket.destroy()); // a client that went away
  const asked = parseExec(request.url ?? '');
  const offered = `${request.headers['sec-websocket-protocol'] ?? ''}`.split(',').map((word) => word.trim());
  const key = request.headers['sec-websocket-key'];
  if (asked === undefined || key === undefined || !offered.includes(protocol)) return refuse(socket, '400 Bad Request');
  const entered = await enter(asked);
  if (entered === undefined) return refuse(socket, '404 Not Found');
  acceptUpgrade(socket, key, protocol);
  connectProcess(entered, socket, head);
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}

/** `/exec/NAMESPACE/POD/CONTAINER?command=…`, as a kubelet's path is. */
function parseExec(url: string): ExecRequest | undefined {
  const { pathname, searchParams } = new URL(url, 'https://kubelet');
  const [, verb, namespace, pod, container, ...rest] = pathname.split('/');
  const command = searchParams.getAll('command');
  if (verb !== 'exec' || !namespace || !pod || !container || rest.length > 0 || command.length === 0) return undefined;
  return { namespace, pod, container, command };
}

/** stdin, stdout and stderr of a process as channels of a WebSocket; when the socket closes stdin ends, and nothing else is done, as by containerd. */
function connectProcess({ command, env }: EnteredCommand, socket: Duplex, head: Buffer): void {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { env, stdio: 'pipe' });
  const send = (channel: number, data: Buffer) =>
    socket.write(renderFrame(opcodes.binary, Buffer.concat([Buffer.from([channel]), data])));
  child.stdin.on('error', () => {}); // it ended without reading all
  child.stdout.on('data', (data: Buffer) => send(channels.stdout, data));
  child.stderr.on('data', (data: Buffer) => send(channels.stderr, data));
  const finish = (status: unknown) => {
    send(channels.status, Buffer.from(JSON.stringify(status)));
    socket.end(renderFrame(opcodes.close, Buffer.from([0x03, 0xe8])));
  };
  child.once('error', ({ message }) => finish({ status: 'Failure', message }));
  child.once('close', (code, signal) =>
    finish(statusOf(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))),
  );
  const split = createFrameSplitter(({ opcode, payload }) => {
    if (opcode === opcodes.close) child.stdin.end();
    else if (opcode === opcodes.ping) socket.write(renderFrame(opcodes.pong, payload));
    else if (payload[0] === channels.stdin) child.stdin.write(payload.subarray(1));
  });
  const take = (chunk: Buffer) => {
    try {
      split(chunk);
    } catch {
      socket.destroy();
    }
  };
  socket.on('data', take).on('close', () => child.stdin.end());
  if (head.length > 0) take(head);
}

/** metav1.Status of a program's end. */
function statusOf(code: number): unknown {
  if (code === 0) return { status: 'Success', metadata: {} };
  return {
    ...{ status: 'Failure', reason: 'NonZeroExitCode', metadata: {} },
    message: `command terminated with non-zero exit code: exit status ${code}`,
    details: { causes: [{ reason: 'ExitCode', message: `${code}` }] },
  };
}
