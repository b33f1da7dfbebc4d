import { type BgpPlan, parseBgpPlan } from '../dataplane/bgp/model.ts';
import { parseProtocols } from '../dataplane/bgp/parse-protocols.ts';
import { renderBird } from '../dataplane/bgp/render.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { readTextIfExists, watchFile, writeFileAtomic } from '../platform/files.ts';
import { removeFile } from '../platform/folders.ts';
import { askUnix } from '../platform/unix-ask.ts';
import { type Announcing, followOwnership } from './announcing.ts';
import { createVerdicts, type VerdictOptions } from './bgp-verdicts.ts';
import { birdProgram } from './daemons.ts';
import { type Hearing, hearSessions, nothingHeard } from './hear-sessions.ts';
import type { SharedAddresses } from './share-addresses.ts';
import { superviseDaemon } from './supervise-daemon.ts';
import { type TroubleOptions, watchTrouble } from './watch-trouble.ts';

export interface AnnounceOptions extends VerdictOptions, Pick<TroubleOptions, 'onTrouble'> {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly addresses: SharedAddresses;
}

/** How often BIRD is asked; also whenever it said that a session came or went. */
const lookMs = 1_000;
const answerMs = 2_000;
/** After bird.conf could not be written; doubled each time, up to the second. */
const retryMs = 500;
const mostRetryMs = 30_000;
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
      // What is no plan is written anew by the agent.
      if (!(error instanceof SyntaxError)) clock.sleep(lookMs, signal).then(readSoon, () => {});
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
  const trouble = watchTrouble({
    ...{ clock, signal: over.signal, onTrouble: options.onTrouble },
    speaksBfd: () => speaker.plan()?.peers.some(({ bfd }) => bfd) === true,
  });
  const supervising = superviseDaemon({
    ...options,
    signal: over.signal,
    program: birdProgram(runDir),
    configPath: files.bird.config,
    onRunning: async (running) => speaker.run(running),
    watcher: {
      onBegin: (_, end) => trouble.begin(end),
      onChange: () => {},
      onEnd: () => speaker.run(false),
      onLine: (line) => {
        trouble.hear(line);
        speaker.look();
      },
    },
  });
  await Promise.all([supervising, watching, speaker.watch(), trouble.done]);
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
  let failures = 0;
  let retrying = false;
  let hearing: Hearing = nothingHeard;
  /** Which BIRD it is, of those that ran; undefined: none runs. */
  let running: number | undefined;
  let runs = 0;
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
    writing = writing.then(write).then(
      () => {
        failures = 0;
      },
      (error: unknown) => {
        log.error({ error: String(error) }, 'bird.conf not written: the announcements before stay; tried again');
        if (retrying) return;
        retrying = true;
        const retryInMs = Math.min(mostRetryMs, retryMs * 2 ** failures);
        failures += 1;
        const retry = () => {
          retrying = false;
          return update();
        };
        clock.sleep(retryInMs, signal).then(retry, () => {});
      },
    );
    return writing;
  };
  const ask = async (): Promise<Hearing> => {
    const isWhole = (answer: string) => /^(0000|8\d{3}|9\d{3})[ -].*\n/m.test(answer);
    const question = { path: files.bird.socket, text: 'show protocols all\n', isWhole, timeoutMs: answerMs, signal };
    const answer = await askUnix(question).catch(() => '');
    // What it refuses to say (8…, 9…) is as little known as what it does not say in time.
    const answered = /^0000 /m.test(answer) ? parseProtocols(answer) : undefined;
    return hearSessions(hearing, answered, clock.monotonic());
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
    /** BIRD began to run, or runs no more: then its sessions are gone, too. */
    run: (isRunning: boolean) => {
      if (isRunning === (running !== undefined)) return;
      runs += 1;
      running = isRunning ? runs : undefined;
      hearing = nothingHeard;
      wake();
    },
    watch: async () => {
      while (!signal.aborted) {
        // Whatever happens while BIRD is asked asks for another look.
        const pausing = new AbortController();
        wake = () => pausing.abort();
        if (plan !== undefined) {
          const asked = running;
          const heard = await ask();
          hearing = asked === undefined || asked !== running ? nothingHeard : heard;
          await verdicts.judge(hearing.sessions);
        }
        const pause = plan === undefined ? idleMs : lookMs;
        await clock.sleep(pause, AbortSignal.any([signal, pausing.signal])).catch(() => {});
      }
    },
  };
}

/** Longest timer of Node.js: until something wakes us. */
const idleMs = 2 ** 31 - 1;
