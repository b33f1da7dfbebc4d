import { canTell } from '../dataplane/bgp/judge-sessions.ts';
import { type BgpPlan, bgpHop, parseBgpPlan } from '../dataplane/bgp/model.ts';
import { type BgpSession, parseProtocols } from '../dataplane/bgp/parse-protocols.ts';
import { renderBird } from '../dataplane/bgp/render.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { readTextIfExists, watchFile, writeFileAtomic } from '../platform/files.ts';
import { removeFile } from '../platform/folders.ts';
import { askUnix } from '../platform/unix-ask.ts';
import type { Logger } from '../telemetry/log.ts';
import { type Announcing, followOwnership } from './announcing.ts';
import { birdProgram } from './daemons.ts';
import type { SharedAddresses } from './share-addresses.ts';
import { superviseDaemon } from './supervise-daemon.ts';

export interface AnnounceOptions {
  readonly runDir: string;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly addresses: SharedAddresses;
  /** Told of each verdict once keepalived can know it: dead, when no router can be told of some address of a group. */
  onVerdict(hop: string, isDead: boolean): Promise<void>;
  /** Told of all sessions whenever something changed. */
  onSessions(sessions: readonly BgpSession[]): void;
}

/** How often BIRD is asked; also whenever it said that a session came or went. */
const lookMs = 1_000;
const answerMs = 2_000;
/** From the end of this process to the end of its announcements, in ms: the heir's must be there before. */
const lingerMs = 1_000;

/**
 * Announces the addresses of the groups that this node owns to the routers that the agent names, until a second after the signal aborts.
 * Who owns a group is read off the node's addresses. A group that no router can be told of is given up, as behind a dead next hop.
 */
export async function announceRoutes(options: AnnounceOptions): Promise<void> {
  const { runDir, log, signal, clock } = options;
  const files = failoverFiles(runDir);
  const speaker = createSpeaker(options);
  const over = new AbortController();
  const watch = options.addresses.subscribe({
    isOurs: (address) => speaker.plan()?.groups.some((group) => group.address === address) === true,
    onAddresses: (held) => speaker.hold(new Set(held.map(({ address }) => address))),
  });
  const read = async () => {
    const text = await readTextIfExists(files.bgp);
    await speaker.follow(text === undefined ? undefined : parseBgpPlan(text));
    if (speaker.plan() === undefined) watch.stop();
    else watch.restart();
  };
  let reading = Promise.resolve();
  const readSoon = () => {
    reading = reading.then(read).catch((error: unknown) => {
      log.error({ error: String(error) }, 'BGP peers not known: those before are kept');
    });
  };
  await removeFile(files.bird.config);
  const watching = watchFile(files.bgp, { signal, onChange: readSoon });
  readSoon();
  const linger = async () => {
    watch.stop();
    if (speaker.isAnnouncing()) await clock.sleep(lingerMs);
    over.abort();
  };
  signal.addEventListener('abort', () => void linger(), { once: true });
  if (signal.aborted) await linger();
  const supervising = superviseDaemon({
    ...options,
    signal: over.signal,
    program: birdProgram(runDir),
    configPath: files.bird.config,
    onRunning: async () => speaker.look(),
    watcher: { onBegin: () => {}, onChange: () => {}, onEnd: speaker.look, onLine: speaker.look },
  });
  await Promise.all([supervising, watching, speaker.watch()]);
  await reading;
}

/** Keeps bird.conf what the plan and the node's addresses say, and the verdicts what BIRD says. */
function createSpeaker(options: AnnounceOptions) {
  const { clock, log, signal } = options;
  const files = failoverFiles(options.runDir);
  const verdicts = createVerdicts(options);
  let plan: BgpPlan | undefined;
  let announcing: ReadonlyMap<number, Announcing> = new Map();
  let held: ReadonlySet<string> | undefined;
  let written: string | undefined;
  let writing = Promise.resolve();
  let wake = () => {};

  const write = async () => {
    const now = clock.monotonic();
    const seconds = Math.floor(clock.now() / 1000);
    const next = (plan?.groups ?? []).flatMap(({ group, address }) => {
      // Before the node's addresses are known nothing is said of them.
      const seen = { owned: held?.has(address) === true, now, seconds };
      return followOwnership(announcing.get(group), group, seen) ?? [];
    });
    announcing = new Map(next.map((each) => [each.group, each]));
    const until = Math.min(...next.map((each) => each.until));
    if (until < Number.POSITIVE_INFINITY) clock.sleep(until - now, signal).then(update, () => {});
    const text = plan === undefined ? undefined : renderBird(plan, next);
    if (text === written) return;
    if (text === undefined) await removeFile(files.bird.config);
    else await writeFileAtomic(files.bird.config, text, { mode: 0o600 });
    written = text;
    const owned = next.filter(({ leaving }) => !leaving).map(({ group }) => group);
    const leaving = next.filter((each) => each.leaving).map(({ group }) => group);
    log.info({ owned, leaving }, 'announced by BGP');
  };
  const update = (): Promise<void> => {
    writing = writing.then(write).catch((error: unknown) => {
      log.error({ error: String(error) }, 'bird.conf not written: the announcements before stay');
    });
    return writing;
  };
  const ask = async (): Promise<readonly BgpSession[]> => {
    const isWhole = (answer: string) => /^(0000|8\d{3}|9\d{3})[ -].*\n/m.test(answer);
    const question = { path: files.bird.socket, text: 'show protocols all\n', isWhole, timeoutMs: answerMs, signal };
    return parseProtocols(await askUnix(question));
  };
  return {
    plan: () => plan,
    isAnnouncing: () => announcing.size > 0,
    follow: async (next: BgpPlan | undefined) => {
      plan = next;
      // What comes after it begins with a look of its own.
      if (plan === undefined) held = undefined;
      await verdicts.follow(plan);
      await update();
      wake();
    },
    hold: (addresses: ReadonlySet<string>) => {
      held = addresses;
      void update();
    },
    /** Something may have changed in BIRD. */
    look: () => wake(),
    watch: async () => {
      while (!signal.aborted) {
        const pausing = new AbortController();
        wake = () => pausing.abort();
        const pause = plan === undefined ? idleMs : lookMs;
        await clock.sleep(pause, AbortSignal.any([signal, pausing.signal])).catch(() => {});
        if (signal.aborted) return;
        if (plan !== undefined) await verdicts.judge(await ask().catch(() => []));
      }
    },
  };
}

/** Longest timer of Node.js: until something wakes us. */
const idleMs = 2 ** 31 - 1;

/** Leaves a verdict for each group where keepalived follows it; dead, until a session proves the contrary. */
function createVerdicts(options: AnnounceOptions) {
  const { log, runDir } = options;
  let plan: BgpPlan | undefined;
  let sessions: readonly BgpSession[] = [];
  let told: readonly BgpSession[] | undefined;
  const given = new Map<number, boolean>();
  let giving = Promise.resolve();
  const give = async () => {
    for (const { group, ...part } of plan?.groups ?? []) {
      const isDead = !canTell(part, sessions);
      if (given.get(group) === isDead) continue;
      await writeFileAtomic(failoverFiles(runDir).verdict(bgpHop(group)), isDead ? '1\n' : '0\n');
      given.set(group, isDead);
      log.info({ group, isDead }, 'BGP: whether a router can be told of the group');
      await options.onVerdict(bgpHop(group), isDead);
    }
    for (const group of [...given.keys()].filter(
      (each) => plan?.groups.every((known) => known.group !== each) ?? true,
    )) {
      given.delete(group);
      await options.onVerdict(bgpHop(group), false);
    }
    if (JSON.stringify(told) !== JSON.stringify(sessions)) options.onSessions(sessions);
    told = sessions;
  };
  const giveSoon = () => {
    giving = giving.then(give).catch((error: unknown) => {
      log.warn({ error: String(error) }, 'verdicts about BGP not written; tried again');
    });
    return giving;
  };
  return {
    follow: (next: BgpPlan | undefined) => {
      plan = next;
      if (plan === undefined) sessions = [];
      return giveSoon();
    },
    judge: (now: readonly BgpSession[]) => {
      sessions = now;
      return giveSoon();
    },
  };
}
