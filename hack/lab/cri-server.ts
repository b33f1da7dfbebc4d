import { mkdir, rm } from 'node:fs/promises';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import { dirname } from 'node:path';
import { createMessageSplitter, frameMessage } from '../../src/cri/frames.ts';
import { readFields } from '../../src/cri/wire.ts';
import {
  type CriSandbox,
  eventTypes,
  newSandboxId,
  renderEvent,
  renderSandboxList,
  renderSandboxStatus,
  renderVersion,
} from './cri-messages.ts';

/** `events`: as containerd 2; `list`: as containerd 1.6, which has no event stream; `off`: no socket. */
export const criModes = ['events', 'list', 'off'] as const;
export type CriMode = (typeof criModes)[number];

/** A node's container runtime, as far as CRI v1 shows its sandboxes. */
export interface CriServer extends AsyncDisposable {
  /** A ready sandbox; answers its id. */
  readonly add: (sandbox: Omit<CriSandbox, 'id' | 'ready'>) => string;
  /** Stopped and gone; subscribers' events are on their way when this returns. */
  readonly remove: (id: string) => void;
}

/** What a test tells apart from a node of a lab. */
export interface CriServerOptions {
  readonly path: string;
  readonly mode: Exclude<CriMode, 'off'>;
}

const versions = { events: 'v2.0.0', list: '1.6.20' } as const;

/** Serves Version, ListPodSandbox, PodSandboxStatus and GetContainerEvents of `runtime.v1.RuntimeService` on a unix socket. */
export async function serveCri({ path, mode }: CriServerOptions): Promise<CriServer> {
  const sandboxes = new Map<string, CriSandbox>();
  const subscribers = new Set<ServerHttp2Stream>();
  const tell = (sandbox: CriSandbox, type: number) => {
    const frame = frameMessage(renderEvent(sandbox, type));
    for (const stream of subscribers) stream.write(frame);
  };
  const methods: Readonly<Record<string, (stream: ServerHttp2Stream, request: Uint8Array) => void>> = {
    Version: (stream) => answer(stream, renderVersion(versions[mode])),
    ListPodSandbox: (stream) => answer(stream, renderSandboxList([...sandboxes.values()])),
    PodSandboxStatus: (stream, request) => {
      const sandbox = sandboxes.get(idIn(request));
      if (sandbox === undefined) refuse(stream, { code: 5, message: 'not found' });
      else answer(stream, renderSandboxStatus(sandbox, isVerbose(request)));
    },
    GetContainerEvents: (stream) => {
      if (mode === 'list') return refuse(stream, { code: 12, message: 'unknown method GetContainerEvents' });
      subscribers.add(stream);
      stream.on('close', () => subscribers.delete(stream));
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    },
  };
  const server = createServer();
  const sessions = new Set<{ destroy: () => void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {}); // its client was killed
    session.on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {}); // so was this one's
    const method = methods[/^\/runtime\.v1\.RuntimeService\/(\w+)$/.exec(headers[':path'] ?? '')?.[1] ?? ''];
    if (method === undefined) return refuse(stream, { code: 12, message: `unknown method ${headers[':path']}` });
    readRequest(stream, (request) => method(stream, request));
  });
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  return {
    add: (sandbox) => {
      const made: CriSandbox = { ...sandbox, id: newSandboxId(), ready: true };
      sandboxes.set(made.id, made);
      tell(made, eventTypes.started);
      return made.id;
    },
    remove: (id) => {
      const sandbox = sandboxes.get(id);
      if (sandbox === undefined) return;
      sandboxes.delete(id);
      tell({ ...sandbox, ready: false }, eventTypes.stopped);
      tell({ ...sandbox, ready: false }, eventTypes.deleted);
    },
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function readRequest(stream: ServerHttp2Stream, onRequest: (request: Uint8Array) => void): void {
  const split = createMessageSplitter(65_536);
  stream.on('data', (chunk: Buffer) => {
    for (const message of split(chunk)) onRequest(message);
  });
}

function answer(stream: ServerHttp2Stream, message: Uint8Array): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(frameMessage(message));
}

/** A status without an answer: among the headers, as gRPC calls it "Trailers-Only". */
function refuse(
  stream: ServerHttp2Stream,
  { code, message }: { readonly code: number; readonly message: string },
): void {
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': `${code}`, 'grpc-message': message },
    { endStream: true },
  );
}

function isVerbose(request: Uint8Array): boolean {
  return readFields(request).some((field) => field.field === 2 && field.kind === 'number' && field.value === 1);
}

function idIn(request: Uint8Array): string {
  const field = readFields(request).find((candidate) => candidate.field === 1);
  return field?.kind === 'bytes' ? Buffer.from(field.value).toString() : '';
}
