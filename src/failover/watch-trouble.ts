import type { Clock } from '../platform/clock.ts';
import { readTextIfExists } from '../platform/files.ts';
import { birdTrouble, isBfdShared, sharedBfd } from './bird-trouble.ts';

export interface TroubleOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether BIRD has a peer with BFD. */
  speaksBfd(): boolean;
  /** What the kernel says of its UDP sockets; default: of this network namespace. */
  readonly tables?: readonly string[];
  /** Told what BIRD cannot do on this node, and what to do about it; undefined: nothing is known to be wrong any more. */
  onTrouble(trouble: string | undefined): void;
}

export interface TroubleWatch {
  /** A BIRD begins, which `end` ends. */
  begin(end: () => void): void;
  /** A line that it wrote. */
  hear(line: string): void;
  /** Resolves after abort. */
  readonly done: Promise<void>;
}

/** How long a BIRD that would have to begin anew is left alone, in ms. */
const restartMs = 30_000;
/** How often one looks whether somebody else listens for BFD. */
const lookMs = 30_000;
const ownTables = ['/proc/net/udp', '/proc/net/udp6'] as const;

/** Watches what other programs of the node keep BIRD from, by its log and the node's sockets, and has it begin anew where that may help. */
export function watchTrouble(options: TroubleOptions): TroubleWatch {
  const { clock, signal, speaksBfd, onTrouble, tables = ownTables } = options;
  let unable: string | undefined;
  let shared: string | undefined;
  let told: string | undefined;
  let endBird = () => {};
  const tell = () => {
    const trouble = unable ?? shared;
    if (trouble !== told) onTrouble(trouble);
    told = trouble;
  };
  const look = async () => {
    const read = speaksBfd() ? tables.map((path) => readTextIfExists(path).catch(() => undefined)) : [];
    shared = (await Promise.all(read)).some((table = '') => isBfdShared(table)) ? sharedBfd : undefined;
    tell();
  };
  const keepLooking = async () => {
    while (!signal.aborted) {
      await look();
      await clock.sleep(lookMs, signal).catch(() => {});
    }
  };
  return {
    begin: (end) => {
      endBird = end;
      unable = undefined;
      tell();
      void look();
    },
    hear: (line) => {
      const trouble = birdTrouble(line);
      if (trouble === undefined) return;
      unable = trouble.words;
      tell();
      const end = endBird;
      if (trouble.restart) clock.sleep(restartMs, signal).then(end, () => {});
    },
    done: keepLooking(),
  };
}
