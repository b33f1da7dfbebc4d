import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type FaultContext, runFault } from './faults.ts';
import { socketPath } from './paths.ts';

interface Answer {
  readonly ok: boolean;
  readonly message: string;
}

/** Serves what only the main process can do: one line of JSON `{command, args}` in, one `{ok, message}` out, one per connection. */
export function serveCommands(context: FaultContext): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) => void serve(context, socket));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
}

async function serve(context: FaultContext, socket: Socket): Promise<void> {
  socket.on('error', () => socket.destroy()); // a client that went away
  for await (const line of createInterface({ input: socket })) {
    socket.end(`${JSON.stringify(await answer(context, line))}\n`);
    return;
  }
}

async function answer(context: FaultContext, line: string): Promise<Answer> {
  try {
    const { command, args }: { command: string; args: readonly string[] } = JSON.parse(line);
    if (command !== 'fault') throw new Error(`unknown command "${command}"`);
    return { ok: true, message: await runFault(context, args) };
  } catch (error) {
    return { ok: false, message: (error as Error).message };
  }
}
