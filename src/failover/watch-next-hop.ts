import type { NextHop } from '../dataplane/vrrp/next-hops.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import type { Logger } from '../telemetry/log.ts';
import { type Judgement, judgeNextHop, type Look, lookMs, unjudged } from './judge-next-hop.ts';

export interface NextHopOptions {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told at every change of the verdict, in order; what it throws ends the watch. */
  onVerdict(isDead: boolean): Promise<void>;
}

/** An `arping` that hears nothing may ask on a device that was made anew, or hang: after so many looks it is replaced. */
const replaceAfter = { dead: 10, alive: 10, unjudged: 600 } as const;
const longestPauseMs = 5_000;

/** Asks the next hop every second and judges it until the signal aborts; spawns nothing as long as it answers. */
export async function watchNextHop(hop: NextHop, options: NextHopOptions): Promise<void> {
  const { clock, log, signal } = options;
  const asking = startAsking(hop, options);
  let judgement: Judgement = unjudged;
  let silent = 0;
  let last = clock.monotonic();
  const look = async () => {
    const now = clock.monotonic();
    const seen = { ...asking.take(), milliseconds: now - last };
    last = now;
    const before = judgement.verdict;
    silent = seen.answers > 0 ? 0 : silent + 1;
    if (silent >= replaceAfter[before]) {
      silent = 0;
      asking.replace();
    }
    judgement = judgeNextHop(judgement, seen);
    const { verdict } = judgement;
    if (verdict === before) return;
    if (verdict === 'dead') log.error({ ...hop }, 'the next hop is dead: this node owns no egress address behind it');
    else log.info({ ...hop }, before === 'dead' ? 'the next hop answers again' : 'the next hop answers');
    await options.onVerdict(verdict === 'dead');
  };
  try {
    while (!signal.aborted) {
      await clock.sleep(lookMs, signal).catch(() => {});
      if (!signal.aborted) await look();
    }
  } finally {
    await asking.end();
  }
}

interface Asking {
  /** What came since the last call. */
  take(): Pick<Look, 'answers' | 'asked'>;
  /** Begins anew with another process. */
  replace(): void;
  end(): Promise<void>;
}

/** Keeps one `arping` (iputils 20221126) running. It asks all hosts each time: the router's successor has another hardware address. */
function startAsking({ device, address }: NextHop, { runner, clock, log, signal }: NextHopOptions): Asking {
  const over = new AbortController();
  const ending = AbortSignal.any([signal, over.signal]);
  let answers = 0;
  let runs = false;
  let ranAllTheTime = false;
  let stop = () => {};
  const onLine = (line: string) => {
    // The first line comes with the first question.
    runs = true;
    if (/^\w+cast reply from /.test(line)) answers += 1;
  };
  const run = async () => {
    const stopped = new AbortController();
    stop = () => stopped.abort();
    const args = ['-b', '-I', device, address];
    const end = await runner
      .lines('arping', args, { signal: AbortSignal.any([ending, stopped.signal]), onLine })
      .catch((error: unknown) => error);
    [runs, ranAllTheTime] = [false, false];
    if (!ending.aborted && !stopped.signal.aborted)
      log.warn({ device, address, end: end instanceof Error ? end.message : end }, 'arping ended; started again');
  };
  const keepRunning = async () => {
    for (let pause = lookMs; !ending.aborted; pause = Math.min(pause * 2, longestPauseMs)) {
      const started = clock.monotonic();
      await run();
      if (clock.monotonic() - started > longestPauseMs) pause = lookMs;
      await clock.sleep(pause, ending).catch(() => {});
    }
  };
  const running = keepRunning();
  return {
    take: () => {
      const taken = { answers, asked: ranAllTheTime };
      [answers, ranAllTheTime] = [0, runs];
      return taken;
    },
    replace: () => stop(),
    end: async () => {
      over.abort();
      await running;
    },
  };
}
