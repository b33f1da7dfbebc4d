import { failoverFiles } from '../dataplane/vrrp/files.ts';
import { type NextHop, parseNextHops } from '../dataplane/vrrp/next-hops.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { readTextIfExists, watchFile, writeFileAtomic } from '../platform/files.ts';
import type { Logger } from '../telemetry/log.ts';
import { watchNextHop } from './watch-next-hop.ts';

export interface NextHopsOptions {
  readonly runDir: string;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told of each verdict once keepalived can know it; what it throws ends the watch. */
  onVerdict(hop: string, isDead: boolean): Promise<void>;
}

/**
 * Watches the next hops that the agent names, and leaves a verdict for each where keepalived follows it, until the signal
 * aborts. The verdicts' folder must exist. A next hop that is named no more, or another, is not dead.
 */
export async function watchNextHops(options: NextHopsOptions): Promise<void> {
  const { runDir, log, signal } = options;
  const files = failoverFiles(runDir);
  let watches: readonly Watch[] = [];
  let wake = () => {};
  const watching = watchFile(files.nextHops, { signal, onChange: () => wake() });
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  try {
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const hops = await readHops(files.nextHops).catch((error: unknown) => {
        log.error({ error: String(error) }, 'next hops not known: those before are kept');
      });
      if (hops !== undefined) watches = await follow(watches, hops, options);
      await Promise.race([changed, aborted, watching, ...watches.map(({ done }) => done)]);
    }
  } finally {
    await Promise.all(watches.map((watch) => watch.end()));
  }
  await watching;
}

interface Watch {
  readonly hop: NextHop;
  /** Rejects when a verdict could not be written. */
  readonly done: Promise<void>;
  end(): Promise<void>;
}

async function follow(
  watches: readonly Watch[],
  hops: readonly NextHop[],
  options: NextHopsOptions,
): Promise<readonly Watch[]> {
  const isSame = (a: NextHop) => (b: NextHop) => a.name === b.name && a.device === b.device && a.address === b.address;
  const kept = watches.filter(({ hop }) => hops.some(isSame(hop)));
  const gone = watches.filter((watch) => !kept.includes(watch));
  await Promise.all(gone.map((watch) => watch.end()));
  for (const { hop } of gone) await giveVerdict(options, hop.name, false);
  const fresh = hops.filter((hop) => !kept.some((watch) => isSame(hop)(watch.hop)));
  return [...kept, ...fresh.map((hop) => startWatch(hop, options))];
}

function startWatch(hop: NextHop, options: NextHopsOptions): Watch {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const onVerdict = (isDead: boolean) => giveVerdict(options, hop.name, isDead);
  const done = watchNextHop(hop, { ...options, signal, onVerdict });
  const end = async () => {
    over.abort();
    await done.catch(() => {});
  };
  return { hop, done, end };
}

async function giveVerdict({ runDir, onVerdict }: NextHopsOptions, hop: string, isDead: boolean): Promise<void> {
  await writeFileAtomic(failoverFiles(runDir).verdict(hop), isDead ? '1\n' : '0\n');
  await onVerdict(hop, isDead);
}

async function readHops(path: string): Promise<readonly NextHop[]> {
  const text = await readTextIfExists(path);
  return text === undefined ? [] : parseNextHops(text);
}
