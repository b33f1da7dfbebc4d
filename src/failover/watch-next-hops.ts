import { failoverFiles } from '../dataplane/vrrp/files.ts';
import { type NextHop, parseNextHops } from '../dataplane/vrrp/next-hops.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { readTextIfExists, watchFile } from '../platform/files.ts';
import type { Logger } from '../telemetry/log.ts';
import { type KeptFile, keepWritten } from './keep-written.ts';
import { watchNextHop } from './watch-next-hop.ts';

export interface NextHopsOptions {
  readonly runDir: string;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told of each verdict once keepalived can know it, and of the routers that do not answer while another of that name does; what it throws ends the watch. */
  onVerdict(hop: string, isDead: boolean, silent: readonly string[]): Promise<void>;
}

/**
 * Watches the next hops that the agent names, and leaves a verdict for each name where keepalived follows it, until the signal
 * aborts. The verdicts' folder must exist. A next hop that is named no more, or another, is not dead. Of two with one name, an IPv4
 * and an IPv6 router, both must be dead, or one while the other never answered: else the death of one would end what the other does.
 */
export async function watchNextHops(options: NextHopsOptions): Promise<void> {
  const { runDir, log, signal } = options;
  const files = failoverFiles(runDir);
  const giver = createGiver(options);
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
      if (hops !== undefined) watches = await follow(watches, hops, giver);
      await Promise.race([changed, aborted, watching, ...watches.map(({ done }) => done)]);
    }
  } finally {
    await Promise.all(watches.map((watch) => watch.end()));
  }
  await watching;
}

interface Watch {
  readonly hop: NextHop;
  /** Absent: not judged yet. */
  readonly isDead: () => boolean | undefined;
  /** Rejects with what `onVerdict` threw. */
  readonly done: Promise<void>;
  end(): Promise<void>;
}

async function follow(watches: readonly Watch[], hops: readonly NextHop[], giver: Giver): Promise<readonly Watch[]> {
  const isSame = (a: NextHop) => (b: NextHop) => a.name === b.name && a.device === b.device && a.address === b.address;
  const kept = watches.filter(({ hop }) => hops.some(isSame(hop)));
  const gone = watches.filter((watch) => !kept.includes(watch));
  await Promise.all(gone.map((watch) => watch.end()));
  const fresh = hops.filter((hop) => !kept.some((watch) => isSame(hop)(watch.hop)));
  giver.watches = kept;
  for (const name of new Set(gone.map(({ hop }) => hop.name))) await giver.give(name);
  giver.watches = [...kept, ...fresh.map((hop) => startWatch(hop, giver))];
  return giver.watches;
}

function startWatch(hop: NextHop, giver: Giver): Watch {
  const { options } = giver;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  let dead: boolean | undefined;
  const onVerdict = (isDead: boolean) => {
    dead = isDead;
    return giver.give(hop.name);
  };
  const done = watchNextHop(hop, { ...options, signal, onVerdict });
  const end = async () => {
    over.abort();
    await done.catch(() => {});
  };
  return { hop, isDead: () => dead, done, end };
}

/** Gives verdicts, one after the other: two routers of one name may die in the same moment. */
interface Giver {
  readonly options: NextHopsOptions;
  watches: readonly Watch[];
  give(name: string): Promise<void>;
}

function createGiver(options: NextHopsOptions): Giver {
  let last = Promise.resolve();
  const files = new Map<string, KeptFile>();
  const fileOf = (name: string): KeptFile => {
    const file =
      files.get(name) ?? keepWritten(failoverFiles(options.runDir).verdict(name), { ...options, inPlace: true });
    files.set(name, file);
    return file;
  };
  const giver: Giver = {
    options,
    watches: [],
    give: (name) => {
      const given = last.then(async () => {
        const routers = giver.watches.filter(({ hop }) => hop.name === name);
        const verdicts = routers.map(({ isDead }) => isDead());
        const isDead = verdicts.includes(true) && !verdicts.includes(false);
        const silent = isDead ? [] : routers.filter((watch) => watch.isDead() === true);
        await fileOf(name).write(isDead ? '1\n' : '0\n');
        await options.onVerdict(
          name,
          isDead,
          silent.map(({ hop }) => hop.address),
        );
      });
      last = given.catch(() => {});
      return given;
    },
  };
  return giver;
}

async function readHops(path: string): Promise<readonly NextHop[]> {
  const text = await readTextIfExists(path);
  return text === undefined ? [] : parseNextHops(text);
}
