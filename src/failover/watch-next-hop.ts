import type { NextHop } from '../dataplane/vrrp/next-hops.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import type { Logger } from '../telemetry/log.ts';
import { askProgram } from './ask-router.ts';
import { keepAsking } from './asking.ts';
import { type Judgement, judgeNextHop, lookMs, unjudged } from './judge-next-hop.ts';

export interface NextHopOptions {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told at every change of the verdict, in order; what it throws ends the watch. */
  onVerdict(isDead: boolean): Promise<void>;
}

/** Who asks and hears nothing may ask on a device that was made anew, or hang: after so many looks it is replaced. */
const replaceAfter = { dead: 10, alive: 10, unjudged: 600 } as const;

/** Asks the next hop every second and judges it until the signal aborts; spawns nothing more as long as it answers. */
export async function watchNextHop(hop: NextHop, options: NextHopOptions): Promise<void> {
  const { clock, log, signal } = options;
  const asking = keepAsking(askProgram(hop, clock), options);
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
