import { closeSync, fstatSync, ftruncateSync, openSync, readSync, watch } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** Where a child writes in the place of a pipe: one that we read late would stop it in the middle of its work. */
export interface OutputFile {
  /** For the child's stdout or stderr. */
  readonly fd: number;
  /** Reads what is left, and ends. */
  close(): void;
}

/** Read to the end and longer than this, the file is emptied: what is written in that very moment is lost. */
const emptiedBytes = 1024 * 1024;

/** Makes the file (mode 0600) or empties it, and tells what is appended as UTF-8 text, mostly within a millisecond. Throws what open(2) does. */
export function openOutputFile(path: string, onText: (text: string) => void): OutputFile {
  const writing = openSync(path, 'a', 0o600);
  ftruncateSync(writing, 0);
  const reading = openSync(path, 'r');
  const decoder = new StringDecoder('utf8');
  const chunk = Buffer.alloc(64 * 1024);
  let position = 0;
  const read = () => {
    for (;;) {
      const length = readSync(reading, chunk, 0, chunk.length, position);
      if (length === 0) break;
      position += length;
      const text = decoder.write(chunk.subarray(0, length));
      if (text !== '') onText(text);
    }
    if (position <= emptiedBytes || fstatSync(writing).size > position) return;
    ftruncateSync(writing, 0);
    position = 0;
  };
  const watcher = watch(path, read);
  // Whatever becomes of the watch, nothing is lost: `close` reads the rest.
  watcher.on('error', () => {});
  return {
    fd: writing,
    close: () => {
      watcher.close();
      read();
      closeSync(writing);
      closeSync(reading);
      const rest = decoder.end();
      if (rest !== '') onText(rest);
    },
  };
}
