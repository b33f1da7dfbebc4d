import { connect } from 'node:net';

export interface UnixQuestion {
  /** The server's socket. */
  readonly path: string;
  readonly text: string;
  /** Whether what came so far is the whole answer. */
  isWhole(answer: string): boolean;
  /** Until it must have come, in ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const mostBytes = 1024 * 1024;

/** Asks a server on a UNIX socket one question on a connection of its own; rejects when it does not answer in time, closes before, says more than 1 MiB, or on abort. */
export function askUnix({ path, text, isWhole, timeoutMs, signal }: UnixQuestion): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    let answer = '';
    socket.setEncoding('utf8');
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`${path}: closed in the middle of an answer`)));
    socket.once('connect', () => socket.write(text));
    socket.on('data', (chunk: string) => {
      answer += chunk;
      if (answer.length > mostBytes) socket.destroy(new Error(`${path}: an answer of more than ${mostBytes} bytes`));
      else if (isWhole(answer)) {
        resolve(answer);
        socket.destroy();
      }
    });
  });
}
