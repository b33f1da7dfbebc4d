import { randomBytes } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import type { Runner } from '../../platform/exec.ts';
import { interactiveEnv, startTool } from '../../platform/tool.ts';
import { NftError } from './classify.ts';

export interface NftSessionOptions {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * An `nft -i` that stays for the next transaction: one takes a millisecond, where a process of its own takes as long as it takes to fork, load
 * and read the tables.
 */
export interface NftSession {
  /**
   * Commits, one transaction after the other. `refused`: by nft or the kernel, and nothing is changed; `not-asked`: there is no session now, or
   * not for such a text. Rejects with NftError when nft ended or kept silent: then it is not known what is in the kernel.
   */
  commit(text: string): Promise<'committed' | 'refused' | 'not-asked'>;
}

/** Larger ones are worth a process: what they take is not its start. */
const longestText = 64 * 1024;
/** nft keeps every line that it was told (its history), so it is replaced now and then. */
const mostText = 1024 * 1024;
const idleMs = 20_000;
const startMs = 5_000;
const silentMs = 60_000;
/** After a session that failed; until then every transaction has a process of its own. */
const restMs = 60_000;

/** Starts `nft -i` for the first transaction and ends it when none came for a while, after the one under way at abort, or with our own process. */
export function createNftSession(options: NftSessionOptions): NftSession {
  const { clock, signal } = options;
  let running: Interactive | undefined;
  let idle = new AbortController();
  let restsUntil = Number.NEGATIVE_INFINITY;
  let last: Promise<unknown> = Promise.resolve();
  const end = (): void => {
    running?.stop();
    running = undefined;
  };
  const fail = (): void => {
    end();
    restsUntil = clock.monotonic() + restMs;
  };
  const current = async (): Promise<Interactive | undefined> => {
    if (running?.isUp()) return running;
    if (signal.aborted || clock.monotonic() < restsUntil) return undefined;
    running = startInteractive(options);
    // No nft, or a build without this mode: whoever commits next says what is wrong.
    await running.ask('', startMs).catch(fail);
    return running;
  };
  const commitNow = async (text: string) => {
    idle.abort();
    const line = asOneLine(text);
    const session = line === undefined ? undefined : await current();
    if (line === undefined || session === undefined) return 'not-asked';
    try {
      const isTaken = await session.ask(line, silentMs);
      // What its cache is after an error is not ours to find out.
      if (!isTaken || session.told() > mostText) end();
      return isTaken ? 'committed' : 'refused';
    } catch (error) {
      fail();
      const message = `nft -i: ${error instanceof Error ? error.message : String(error)}`;
      throw new NftError({ failure: 'unavailable', message, cause: error });
    }
  };
  const rest = (): void => {
    if (signal.aborted) return;
    idle = new AbortController();
    clock.sleep(idleMs, idle.signal).then(end, () => {});
  };
  const onAbort = () => {
    idle.abort();
    void last.then(end);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    commit: (text) => {
      const turn = last.then(() => commitNow(text));
      last = turn.catch(() => {}).then(rest);
      return turn;
    },
  };
}

interface Interactive {
  /** Whether the line was taken; rejects when nft ended, did not answer in time, or said what is neither. */
  ask(line: string, timeoutMs: number): Promise<boolean>;
  isUp(): boolean;
  /** Characters that it was told. */
  told(): number;
  stop(): void;
}

function startInteractive({ runner, clock }: NftSessionOptions): Interactive {
  // There is no such table: that nft says so shows that it is done with what came before.
  const mark = `list table ip sallyport-${randomBytes(6).toString('hex')}`;
  let said: string[] = [];
  let ended: Error | undefined;
  let waiting: { resolve(lines: readonly string[]): void; reject(error: Error): void } | undefined;
  let told = 0;
  const tool = startTool({
    ...{ runner, command: ['nft', '-i'], output: 'stderr', env: interactiveEnv },
    onLine: (line) => {
      said.push(line);
      if (line === mark) waiting?.resolve(said);
    },
    onEnd: (error) => {
      ended = error;
      waiting?.reject(error);
    },
  });
  return {
    isUp: () => ended === undefined,
    told: () => told,
    stop: () => tool.stop(),
    ask: async (line, timeoutMs) => {
      if (ended !== undefined) throw ended;
      const answer = Promise.withResolvers<readonly string[]>();
      const over = new AbortController();
      waiting = answer;
      said = [];
      told += line.length;
      tool.write(`${line}\n${mark}\n`);
      const silence = () => answer.reject(new Error(`no answer within ${timeoutMs / 1000} s`));
      clock.sleep(timeoutMs, over.signal).then(silence, () => {});
      try {
        return isTaken(await answer.promise);
      } finally {
        over.abort();
        waiting = undefined;
      }
    },
  };
}

/** Pure: whether nft took a line, by what it wrote to stderr until it had echoed the mark; throws where that is neither yes nor no. */
export function isTaken(lines: readonly string[]): boolean {
  const said = lines.filter((line) => !/^[\s^~]*$/.test(line));
  const errors = said.filter((line) => /\bError: /.test(line)).length;
  // Of the mark itself there is one.
  if (errors === 1 && said.length === 2) return true;
  if (errors > 1) return false;
  throw new Error(`it said ${JSON.stringify(said.slice(0, 5))}`);
}

/**
 * Pure: a transaction as one line, as the interactive mode takes it; undefined where it is too long, or has what a line editor may take for
 * something else.
 */
export function asOneLine(text: string): string | undefined {
  if (text.length > longestText || !/^[ -[\]-~\n]*$/.test(text)) return undefined;
  return text
    .split('\n')
    .filter((line) => line !== '')
    .join('; ');
}
