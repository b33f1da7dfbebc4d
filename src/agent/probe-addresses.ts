import { sameData } from '../compile/canonical-json.ts';
import type { Neighbours } from '../dataplane/neighbour/exec.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/log.ts';
import { failuresUntilFree, hearProbe, newProbe, type Probe } from './probe-state.ts';

/** An address that this node would like to claim, and the link that it would be on. */
export interface Wanted {
  readonly device: string;
  readonly address: string;
}

export interface Prober {
  /** What is asked about from now on; of all others what was heard is forgotten. */
  want(wanted: readonly Wanted[]): void;
  /** What is known of an address that is wanted. */
  of(address: string): Probe | undefined;
  /** Resolves after abort. */
  readonly done: Promise<void>;
}

export interface ProberOptions {
  readonly neighbours: Neighbours;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** What is known of some address has changed. */
  onChange(): void;
}

/** Questions in one look, as RFC 5227 has it (PROBE_NUM): a datagram may be lost. */
const questions = 3;

/** Asks who has addresses before this node claims them, until the signal aborts: at once, and again where somebody has one. */
export function startProber({ neighbours, clock, log, signal, onChange }: ProberOptions): Prober {
  let wanted: readonly Wanted[] = [];
  let probes: ReadonlyMap<string, Probe> = new Map();
  let wake = () => {};

  const look = async (device: string, addresses: readonly string[]) => {
    const answers = await neighbours.ask(device, addresses, questions).catch((error: unknown) => {
      if (!signal.aborted) log.warn({ device, addresses, error: String(error) }, cannotAsk);
      return undefined;
    });
    const now = clock.monotonic();
    const next = new Map(probes);
    for (const address of addresses) {
      const before = probes.get(address);
      if (before === undefined) continue;
      const after = hearProbe(before, answers === undefined ? undefined : (answers.get(address) ?? []), now);
      next.set(address, after);
      tell(log, { device, address }, { before, after });
    }
    const isNews = !sameData([...next.values()].map(known), [...probes.values()].map(known));
    probes = next;
    if (isNews && !signal.aborted) onChange();
  };
  const loop = async () => {
    while (!signal.aborted) {
      const due = [...probes.values()].map(({ dueAt }) => dueAt);
      const pausing = new AbortController();
      wake = () => pausing.abort();
      const waitMs = Math.min(longestMs, Math.min(...due, Number.POSITIVE_INFINITY) - clock.monotonic());
      if (waitMs > 0) {
        const isIdle = probes.size === 0;
        if (isIdle) await neighbours.listen([]).catch(() => {});
        if (!isIdle || probes.size === 0)
          await clock.sleep(waitMs, AbortSignal.any([signal, pausing.signal])).catch(() => {});
        continue;
      }
      const now = clock.monotonic();
      const open = wanted.filter(({ address }) => (probes.get(address)?.dueAt ?? now) <= now);
      const devices = [...new Set(wanted.map(({ device }) => device))];
      // What cannot be listened on fails when it is asked.
      await neighbours.listen(devices).catch(() => {});
      for (const [device, same] of Map.groupBy(open, (each) => each.device)) {
        if (signal.aborted) break;
        await look(
          device,
          same.map(({ address }) => address),
        );
      }
    }
    await neighbours.listen([]).catch(() => {});
  };
  return {
    want: (next) => {
      if (sameData(wanted, next)) return;
      const now = clock.monotonic();
      const kept = (each: Wanted) => wanted.some((before) => sameData(before, each));
      probes = new Map(
        next.map((each) => [each.address, (kept(each) ? probes.get(each.address) : undefined) ?? newProbe(now)]),
      );
      wanted = next;
      wake();
    },
    of: (address) => probes.get(address),
    done: loop(),
  };
}

const cannotAsk = `could not ask on the wire who has these addresses; after ${failuresUntilFree} failures they are claimed unasked`;
/** Longest timer of Node.js: until something wakes us. */
const longestMs = 2 ** 31 - 1;

function known({ verdict, macs }: Probe): unknown {
  return [verdict, macs];
}

function tell(log: Logger, what: Wanted, { before, after }: { readonly before: Probe; readonly after: Probe }): void {
  const { verdict, macs } = after;
  if (verdict === 'taken' && before.verdict !== 'taken')
    log.error({ ...what, macs }, 'another host has the address: it is not claimed until nobody answers for it');
  if (verdict === 'free' && before.verdict === 'taken')
    log.info({ ...what }, 'nobody answers for the address any more: it is claimed');
}
