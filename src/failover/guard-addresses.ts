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

/**
 * Watches over keepalived (2.2.7), which can leave a group's addresses on a node that no longer owns it, until the signal
 * aborts: takes such addresses away, and ends keepalived where it would not set them again, or lacks the tunnel address of a
 * group that it owns. Who calls it supervises keepalived, which starts it anew.
 */
export function guardAddresses(options: GuardOptions): DaemonWatcher {
  const { runner, clock, log, signal } = options;
  let groups: readonly GroupAddresses[] = [];
  let said: ReadonlyMap<number, GroupSaid> = new Map();
  let changed = 0;
  let end = () => {};
  let endedAt = Number.NEGATIVE_INFINITY;
  let together = Number.NEGATIVE_INFINITY;
  let checking = Promise.resolve();

  const correct = async (group: number, holding: Exclude<Holding, { kind: 'right' }>) => {
    if (holding.kind === 'stray') {
      const { restart } = holding;
      const names = holding.addresses.map(({ address }) => address);
      log.warn({ group, addresses: names, restart }, 'keepalived does not own the group: its addresses are taken away');
      for (const address of holding.addresses) await takeAway(options, address);
      if (restart) end();
    } else {
      if (clock.monotonic() - endedAt < restartPauseMs) return;
      endedAt = clock.monotonic();
      log.warn({ group, address: holding.address }, 'keepalived owns a group without its tunnel address: started anew');
      end();
    }
    options.onCorrected(group);
  };
  const check = async () => {
    if (signal.aborted || groups.length === 0) return;
    const held = await readAddresses(runner, signal);
    const settled = clock.monotonic() - settleMs;
    for (const group of groups) {
      const known = said.get(group.group);
      if (Math.max(changed, known?.since ?? 0) > settled) continue;
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
  const follow = (config: string) => {
    groups = groupAddressesOf(config);
    changed = clock.monotonic();
    watch.restart();
    checkSoon();
  };
  const watch = options.addresses.subscribe({
    isOurs: (address) => groups.some(({ addresses }) => addresses.some((each) => each.address === address)),
    onAddresses: (held) => {
      if (groups.some((group) => judgeHolding(group, said.get(group.group), held).kind !== 'right')) checkSoon();
    },
  });
  return {
    onBegin: (config, ending) => {
      [said, end] = [new Map(), ending];
      follow(config);
    },
    onChange: follow,
    onLine: (line) => {
      const before = said;
      said = hear(said, line, clock.monotonic());
      if (said !== before) checkSoon();
    },
    onEnd: () => {
      [groups, said, end] = [[], new Map(), () => {}];
      watch.stop();
    },
  };
}

async function takeAway({ runner, log, signal }: GuardOptions, held: HeldAddress): Promise<void> {
  const { address, length, device } = held;
  await runner
    .run('ip', ['addr', 'del', `${address}/${length}`, 'dev', device], { signal })
    // It may be gone already; the look that follows tells.
    .catch((error: unknown) => log.warn({ address, error: String(error) }, 'address not taken away'));
}
