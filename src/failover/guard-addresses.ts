import { type GroupAddresses, groupAddressesOf } from '../dataplane/vrrp/addresses.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import type { Logger } from '../telemetry/log.ts';
import { type GroupSaid, type Holding, hear, judgeHolding } from './judge-holding.ts';
import type { SharedAddresses } from './share-addresses.ts';
import type { DaemonWatcher } from './supervise-daemon.ts';
import { type HeldAddress, readAddresses } from './watch-addresses.ts';

export interface GuardOptions {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly addresses: SharedAddresses;
  /** Told after each group that was put right. */
  onCorrected(group: number): void;
}

/** From keepalived's last word on a group, or a change of what it runs by, until the node's addresses must be right, in ms. */
export const settleMs = 1_000;
/** What came within this many ms is looked at once. */
const togetherMs = 100;
/** For a missing address keepalived is ended at most this often: its end moves all groups of the node. */
const restartPauseMs = 10_000;

/** What is known of keepalived and its groups. */
interface Guarded {
  groups: readonly GroupAddresses[];
  said: ReadonlyMap<number, GroupSaid>;
  /** When what it runs by changed, in ms. */
  changed: number;
  /** Ends keepalived. */
  end(): void;
}

/**
 * Watches over keepalived (2.2.7), which can leave a group's addresses on a node that no longer owns it, until the signal
 * aborts: takes such addresses away, and ends keepalived where it would not set them again, or lacks the tunnel address of a
 * group that it owns. Who calls it supervises keepalived, which starts it anew.
 */
export function guardAddresses(options: GuardOptions): DaemonWatcher {
  const { clock } = options;
  const guarded: Guarded = { groups: [], said: new Map(), changed: 0, end: () => {} };
  const checkSoon = createCheck(guarded, options);
  const watch = options.addresses.subscribe({
    isOurs: (address) => guarded.groups.some(({ addresses }) => addresses.some((each) => each.address === address)),
    onAddresses: (held) => {
      const { groups, said } = guarded;
      if (groups.some((group) => judgeHolding(group, said.get(group.group), held).kind !== 'right')) checkSoon();
    },
  });
  const follow = (config: string) => {
    guarded.groups = groupAddressesOf(config);
    guarded.changed = clock.monotonic();
    watch.restart();
    checkSoon();
  };
  return {
    onBegin: (config, ending) => {
      Object.assign(guarded, { said: new Map(), end: ending });
      follow(config);
    },
    onChange: follow,
    onLine: (line) => {
      const before = guarded.said;
      guarded.said = hear(before, line, clock.monotonic());
      if (guarded.said !== before) checkSoon();
    },
    onEnd: () => {
      Object.assign(guarded, { groups: [], said: new Map(), end: () => {} });
      watch.stop();
    },
  };
}

/** Looks at the node's addresses when keepalived should have settled, once for all that asks for it meanwhile. */
function createCheck(guarded: Guarded, options: GuardOptions): () => void {
  const { runner, clock, log, signal } = options;
  const correct = createCorrection(guarded, options);
  let together = Number.NEGATIVE_INFINITY;
  let checking = Promise.resolve();

  const check = async () => {
    if (signal.aborted || guarded.groups.length === 0) return;
    const held = await readAddresses(runner, signal);
    const settled = clock.monotonic() - settleMs;
    for (const group of guarded.groups) {
      const known = guarded.said.get(group.group);
      if (Math.max(guarded.changed, known?.since ?? 0) > settled) continue;
      const holding = judgeHolding(group, known, held);
      if (holding.kind === 'right') continue;
      await correct(group.group, holding);
      // Whether that helped, and what another kept from being done.
      checkSoon();
    }
  };
  const checkSoon = () => {
    const now = clock.monotonic();
    if (now < together || signal.aborted) return;
    together = now + togetherMs;
    const look = () => {
      checking = checking.then(check).catch((error: unknown) => {
        if (signal.aborted) return;
        log.warn({ error: String(error) }, "the node's addresses could not be put right; tried again");
        checkSoon();
      });
    };
    clock.sleep(settleMs + togetherMs, signal).then(look, () => {});
  };
  return checkSoon;
}

type Wrong = Exclude<Holding, { kind: 'right' }>;

/** Puts one group right, and tells of it. */
function createCorrection(guarded: Guarded, options: GuardOptions): (group: number, holding: Wrong) => Promise<void> {
  const { clock, log } = options;
  let endedAt = Number.NEGATIVE_INFINITY;
  return async (group, holding) => {
    if (holding.kind === 'stray') {
      const { restart } = holding;
      const names = holding.addresses.map(({ address }) => address);
      log.warn({ group, addresses: names, restart }, 'keepalived does not own the group: its addresses are taken away');
      for (const address of holding.addresses) await takeAway(options, address);
      if (restart) guarded.end();
    } else {
      if (clock.monotonic() - endedAt < restartPauseMs) return;
      endedAt = clock.monotonic();
      log.warn({ group, address: holding.address }, 'keepalived owns a group without its tunnel address: started anew');
      guarded.end();
    }
    options.onCorrected(group);
  };
}

async function takeAway({ runner, log, signal }: GuardOptions, held: HeldAddress): Promise<void> {
  const { address, length, device } = held;
  await runner
    .run('ip', ['addr', 'del', `${address}/${length}`, 'dev', device], { signal })
    // It may be gone already; the look that follows tells.
    .catch((error: unknown) => log.warn({ address, error: String(error) }, 'address not taken away'));
}
