// Talks to echo-server.ts as its argument, an ExchangeOptions in JSON, says; prints an Exchange in JSON.
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Exchange, ExchangeOptions } from './exchange.ts';

const defaults = { port: 8080, count: 1, intervalMs: 2, waitMs: 400, size: 16 };
type Options = ExchangeOptions & typeof defaults;

interface Record {
  sent: number;
  received: number;
  readonly sources: Set<string>;
  readonly errors: Set<string>;
}

/** Calls `send` for each number at its time (late ones at once), then waits for the answers. */
async function pace({ count, intervalMs, waitMs }: Options, record: Record, send: (n: number) => void): Promise<void> {
  const start = performance.now();
  while (record.sent < count) {
    while (record.sent < count && performance.now() - start >= record.sent * intervalMs) send(record.sent++);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const end = performance.now() + waitMs;
  while (record.received < count && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 2));
}

function receive(record: Record, answer: string): void {
  record.received += 1;
  record.sources.add(answer.split(' ').slice(0, 2).join(' '));
}

async function udp(options: Options, record: Record): Promise<void> {
  const socket = createSocket({ type: options.to.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1 << 20 });
  const note = (error: unknown) => void record.errors.add((error as { code?: string }).code ?? String(error));
  socket.on('error', note).on('message', (message) => receive(record, message.toString('latin1')));
  await new Promise<void>((resolve) => socket.bind(options.sourcePort ?? 0, resolve));
  await new Promise<void>((resolve) => socket.connect(options.port, options.to, resolve));
  await pace(options, record, (n) => socket.send(String(n).padEnd(options.size), (error) => error && note(error)));
  socket.close();
}

async function fresh(options: Options, record: Record): Promise<void> {
  const type = options.to.includes(':') ? 'udp6' : 'udp4';
  const note = (error: unknown) => void record.errors.add((error as { code?: string }).code ?? String(error));
  await pace(options, record, (n) => {
    const socket = createSocket(type);
    socket.on('error', note).on('message', (message) => {
      record.received += 1;
      record.sources.add(message.toString('latin1').split(' ')[0] ?? '');
      socket.close();
    });
    // Whoever gets no answer would keep the process.
    socket.unref().send(String(n), options.port, options.to, (error) => error && note(error));
  });
}

async function tcp(options: Options, record: Record): Promise<void> {
  const socket = connect({
    host: options.to,
    port: options.port,
    ...(options.sourcePort === undefined ? {} : { localPort: options.sourcePort }),
  });
  let rest = '';
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) receive(record, line);
  });
  const connected = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), options.waitMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(true);
    });
    socket.on('error', (error: { code?: string }) => {
      record.errors.add(error.code ?? 'error');
      resolve(false);
    });
  });
  if (connected) await pace(options, record, (n) => void socket.write(`${n}\n`));
  socket.destroy();
}

async function bulk(options: Options, record: Record): Promise<void> {
  const socket = connect({ host: options.to, port: 8081 });
  socket.on('error', (error: { code?: string }) => record.errors.add(error.code ?? 'error'));
  socket.on('data', (chunk: Buffer) => {
    record.received += chunk.length;
  });
  record.sent = options.size;
  socket.setTimeout(5_000, () => socket.destroy());
  socket.end(Buffer.alloc(options.size));
  await new Promise((resolve) => socket.once('close', resolve));
}

const options: Options = { ...defaults, ...(JSON.parse(process.argv[2] ?? '{}') as ExchangeOptions) };
const record: Record = { sent: 0, received: 0, sources: new Set(), errors: new Set() };
await { udp, tcp, bulk, fresh }[options.protocol](options, record);
const result: Exchange = { ...record, sources: [...record.sources], errors: [...record.errors] };
process.stdout.write(JSON.stringify(result));
