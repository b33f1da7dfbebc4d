import type { Clock } from '../platform/clock.ts';
import { overwriteFile, writeFileAtomic } from '../platform/files.ts';
import type { Logger } from '../telemetry/log.ts';

/** A file that follows what it shall say, however long its file system refuses (a full disk). */
export interface KeptFile {
  /** Resolves when it was tried once; what could not be written is tried again every second, until something else is wanted. Never rejects. */
  write(text: string): Promise<void>;
}

export interface KeptFileOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Where there is no room for a new file, the old one is overwritten: for texts of one length, which are never read half written. */
  readonly inPlace?: boolean;
}

const retryMs = 1_000;

/** Keeps a file written, one attempt after the other, until the signal aborts. */
export function keepWritten(path: string, { clock, log, signal, inPlace = false }: KeptFileOptions): KeptFile {
  let wanted: string | undefined;
  let last = Promise.resolve();
  let isRetrying = false;
  const put = async (text: string) => {
    try {
      await writeFileAtomic(path, text);
    } catch (error) {
      if (!inPlace) throw error;
      await overwriteFile(path, text).catch(() => {
        throw error;
      });
    }
  };
  const attempt = async (text: string) => {
    // Something else is wanted by now: that is written instead.
    if (text !== wanted) return;
    try {
      await put(text);
      if (isRetrying) log.info({}, `${path} written again`);
      isRetrying = false;
    } catch (error) {
      if (!isRetrying) log.warn({ error: String(error) }, 'tried again every second');
      isRetrying = true;
      clock.sleep(retryMs, signal).then(
        () => enqueue(wanted ?? text),
        () => {},
      );
    }
  };
  const enqueue = (text: string) => {
    last = last.then(() => attempt(text));
    return last;
  };
  return {
    write: (text) => {
      wanted = text;
      return enqueue(text);
    },
  };
}
