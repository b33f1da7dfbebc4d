import type { Clock } from '../platform/clock.ts';
import { writeFileAtomic, writeInPlaceIfFull } from '../platform/files.ts';
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
  const put = inPlace ? writeInPlaceIfFull : writeFileAtomic;
  let wanted: string | undefined;
  let last = Promise.resolve();
  let isFailing = false;
  let isWaiting = false;
  const attempt = async () => {
    // Written already, by an attempt that was asked for earlier.
    if (wanted === undefined) return;
    const text = wanted;
    wanted = undefined;
    try {
      await put(path, text);
      if (isFailing) log.info({}, `${path} written again`);
      isFailing = false;
    } catch (error) {
      wanted ??= text;
      if (!isFailing) log.warn({ error: String(error) }, 'tried again every second');
      isFailing = true;
      retry();
    }
  };
  const enqueue = () => {
    last = last.then(attempt);
    return last;
  };
  // One at a time, however many texts failed meanwhile.
  const retry = () => {
    if (isWaiting) return;
    isWaiting = true;
    const again = () => {
      isWaiting = false;
      return enqueue();
    };
    clock.sleep(retryMs, signal).then(again, () => {});
  };
  return {
    write: (text) => {
      wanted = text;
      return enqueue();
    },
  };
}
