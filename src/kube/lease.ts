import type { Clock } from '../platform/clock.ts';
import { rejection } from './abort.ts';
import { isNotFound } from './api-error.ts';
import { getObject } from './apply.ts';
import { startDeadline } from './deadline.ts';
import { createLease, type LeaseAt, type LeaseRecord, leaseResource, parseLease, patchLease } from './lease-record.ts';

export { type HeartbeatLease, type HeartbeatOptions, runHeartbeat } from './heartbeat.ts';

/** What a contender knows: who holds the Lease ('' nobody, undefined not yet known) and whether it is us. */
export interface LeadershipState {
  readonly holder: string | undefined;
  readonly leading: boolean;
  /** Why the last attempt failed, or why leadership ended. */
  readonly error?: unknown;
}

export interface LeaderElectionOptions extends LeaseAt {
  /** Of this process alone: a Lease that carries it counts as ours. */
  readonly identity: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long others wait after our last renewal; default 15 s. */
  readonly leaseDurationMs?: number | undefined;
  /** How long after our last renewal we stop leading; default 10 s, less than `leaseDurationMs`. */
  readonly renewDeadlineMs?: number | undefined;
  /** Between attempts; default 2 s. */
  readonly retryPeriodMs?: number | undefined;
  readonly random?: (() => number) | undefined;
  /** The leader's work: must end soon after its signal aborts, for nothing else is contested before. Its end gives the Lease back. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
  /** On every change of holder or leadership, and on errors; must not throw. */
  readonly onChange?: ((state: LeadershipState) => void) | undefined;
}

/** Contests a Lease until `signal` aborts, then gives it back. The rules are client-go's (tools/leaderelection): expiry is judged by our own monotonic clock since we saw the Lease change, so skewed clocks do no harm. Rejects with RangeError only, on durations that are not safe. */
export async function runLeaderElection(options: LeaderElectionOptions): Promise<void> {
  const { signal, clock, random = Math.random } = options;
  const contest = startContest(options);
  while (!signal.aborted) {
    if (await attempt(contest, signal)) await leadUntilLost(contest);
    await clock.sleep(contest.retryPeriodMs * (1 + 0.2 * random()), signal).catch(() => undefined);
  }
}

/** The memory of one contender; all times monotonic milliseconds. */
interface Contest {
  readonly options: LeaderElectionOptions;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  /** The Lease as last seen, since when it has been seen so, and whether it must be read before it is written. */
  seen: LeaseRecord | undefined;
  seenAt: number;
  mustRead: boolean;
  /** When the last successful renewal began. */
  renewedAt: number;
  leading: boolean;
}

function startContest(options: LeaderElectionOptions): Contest {
  const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options;
  if (!(leaseDurationMs > renewDeadlineMs && renewDeadlineMs > retryPeriodMs * 1.2 && retryPeriodMs > 0))
    throw new RangeError(
      `lease ${leaseDurationMs} ms, renew deadline ${renewDeadlineMs} ms, retry ${retryPeriodMs} ms: each must exceed the next (the retry by a fifth)`,
    );
  const memory = { seen: undefined, seenAt: 0, mustRead: true, renewedAt: 0, leading: false };
  return { options, leaseDurationMs, renewDeadlineMs, retryPeriodMs, ...memory };
}

/** One try to get or keep the Lease within the renew deadline; true when it is ours now. */
async function attempt(contest: Contest, signal: AbortSignal | undefined): Promise<boolean> {
  const { clock, identity } = contest.options;
  const started = clock.monotonic();
  using deadline = startDeadline(clock, Math.max(1, leftMs(contest)), signal);
  try {
    // A race: the deadline counts even if the client does not keep it.
    const record = await Promise.race([claim(contest, deadline.signal), rejection(deadline.signal)]);
    contest.mustRead = false;
    remember(contest, record);
    if (record.holder !== identity) return false;
    contest.renewedAt = started; // not when it ended: others may count from then
    return true;
  } catch (error) {
    contest.mustRead = true;
    if (!signal?.aborted) tell(contest, error);
    return false;
  }
}

async function claim(contest: Contest, signal: AbortSignal): Promise<LeaseRecord> {
  const { options, leaseDurationMs: durationMs } = contest;
  const now = options.clock.now();
  const renewal = { holder: options.identity, durationMs, renewedAt: now };
  const known = contest.leading && !contest.mustRead ? contest.seen : await readLease(options, signal);
  if (known === undefined)
    return await createLease(options, { ...renewal, acquiredAt: now, transitions: 0 }, { signal });
  remember(contest, known);
  const { holder, resourceVersion } = known;
  if (holder === options.identity) return await patchLease(options, renewal, { resourceVersion, signal });
  if (holder !== '' && options.clock.monotonic() < contest.seenAt + known.durationMs) return known;
  const takeover = { ...renewal, acquiredAt: now, transitions: known.transitions + 1 };
  return await patchLease(options, takeover, { resourceVersion, signal });
}

async function readLease(at: LeaseAt, signal: AbortSignal): Promise<LeaseRecord | undefined> {
  try {
    return parseLease(await getObject(at.client, leaseResource, at, { signal }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Restarts the expiry clock when the Lease is not as we saw it last. */
function remember(contest: Contest, record: LeaseRecord): void {
  const { seen, options } = contest;
  if (seen?.resourceVersion === record.resourceVersion) return;
  contest.seen = record;
  contest.seenAt = options.clock.monotonic();
  if (seen?.holder !== record.holder) tell(contest);
}

/** Does the work while renewing the Lease; comes back when the work has ended, with the Lease given back if it was still ours. */
async function leadUntilLost(contest: Contest): Promise<void> {
  const { signal, clock, lead } = contest.options;
  const term = new AbortController();
  const ended = new AbortController();
  const stop = () => term.abort(signal.reason);
  contest.leading = true;
  tell(contest);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const work = runToEnd(() => lead(term.signal)).finally(() => ended.abort());
  // Renewed beyond the abort of `signal`, until the work has ended: nobody else may start before.
  while (!ended.signal.aborted) {
    const pause = Math.min(contest.retryPeriodMs, leftMs(contest));
    await clock.sleep(pause, ended.signal).catch(() => undefined);
    if (ended.signal.aborted) break;
    if (leftMs(contest) > 0 && (await attempt(contest, undefined))) continue;
    if (leftMs(contest) > 0 && holdsStill(contest)) continue;
    term.abort(new Error(describeLoss(contest)));
    break;
  }
  const error = await work;
  signal.removeEventListener('abort', stop);
  const lost = leftMs(contest) <= 0 || !holdsStill(contest);
  if (!lost) await release(contest);
  contest.leading = false;
  contest.mustRead = true;
  tell(contest, error ?? (lost ? term.signal.reason : undefined));
}

async function release(contest: Contest): Promise<void> {
  const { options } = contest;
  using deadline = startDeadline(options.clock, leftMs(contest));
  const { signal } = deadline;
  const give = async () => {
    const record = await readLease(options, signal);
    if (record?.holder !== options.identity) return;
    const claim = { holder: '', durationMs: 1000, renewedAt: options.clock.now() };
    remember(contest, await patchLease(options, claim, { resourceVersion: record.resourceVersion, signal }));
  };
  // Without success the others wait until it expires.
  await Promise.race([give(), rejection(signal)]).catch((error: unknown) => tell(contest, error));
}

async function runToEnd(work: () => Promise<void>): Promise<unknown> {
  try {
    return void (await work());
  } catch (error) {
    return error ?? new Error('lead threw undefined');
  }
}

function leftMs({ leading, renewedAt, renewDeadlineMs, options }: Contest): number {
  return leading ? renewedAt + renewDeadlineMs - options.clock.monotonic() : renewDeadlineMs;
}

const holdsStill = ({ seen, options }: Contest) => seen?.holder === options.identity;

function describeLoss(contest: Contest): string {
  const { name, namespace, identity } = contest.options;
  const why = holdsStill(contest)
    ? `not renewed within ${contest.renewDeadlineMs} ms`
    : `now held by ${JSON.stringify(contest.seen?.holder ?? '')}`;
  return `${identity} stops leading: Lease ${namespace}/${name} was ${why}`;
}

function tell({ options, seen, leading }: Contest, error?: unknown): void {
  options.onChange?.({ holder: seen?.holder, leading, ...(error === undefined ? {} : { error }) });
}
