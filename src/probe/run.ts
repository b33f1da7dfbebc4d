import { sameData } from '../compile/canonical-json.ts';
import { probeDevices } from '../dataplane/desired/probe.ts';
import type { Clock } from '../platform/clock.ts';
import { readTextIfExists } from '../platform/files.ts';
import type { Logger } from '../telemetry/log.ts';
import { sendBurst } from './burst.ts';
import { openPlaces, type Places, type PlacesOptions } from './open-places.ts';
import { dueIn, nextOf, pauseOf, usualMs } from './pace.ts';
import { reflect } from './reflector.ts';
import { isInDoubt, nothingKnown, type Standing, settle } from './settle.ts';
import { worstOf } from './summary.ts';
import type { ProbeWish, Target } from './targets.ts';
import { type Proof, proofOf } from './verdict.ts';

export interface ProberOptions extends PlacesOptions {
  readonly nodeName: string;
  /** Between two bursts of one target; default 30,000. */
  readonly everyMs?: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random?: () => number;
  /** Whether the probe's devices are there; default: asks /sys. */
  hasDevices?(): Promise<boolean>;
  /** Default: `openPlaces`. */
  open?: typeof openPlaces;
  /** What a burst showed, before anything is said of it. */
  onBurst?(target: Target, proof: Proof): void;
  /** What is said of some Gateway has changed. */
  onChange(): void;
}

export interface Prober {
  /** What is proved and answered from now on; undefined: nothing. */
  want(wish: ProbeWish | undefined): void;
  /** By uid of the Gateway: what is said of it; one of which nothing can be said yet is missing. */
  proofs(): ReadonlyMap<string, Proof>;
  /** Resolves after abort, when both namespaces are gone or going. */
  readonly done: Promise<void>;
}

const retryMs = 60_000;

/** Proves Gateways from this node, one burst after the other, and answers other nodes' probes; at rest it spawns no process. */
export function startProber(options: ProberOptions): Prober {
  const { clock, log, signal, random = Math.random, everyMs = usualMs } = options;
  const { hasDevices = probeDevicesExist, open: openThem = openPlaces } = options;
  let wish: ProbeWish | undefined;
  // A wish that comes while the places are being opened must not wait for the sleep that follows.
  let isNew = false;
  let wake = () => {};
  let places: { readonly open: Places; readonly of: unknown } | undefined;
  let said: ReadonlyMap<string, Proof> = new Map();
  const standings = new Map<string, Standing>();
  const dueAt = new Map<string, number>();
  const turns = new Map<string, number>();

  const sleep = async (ms: number) => {
    if (isNew) return;
    const woken = new AbortController();
    wake = () => woken.abort();
    await clock.sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => signal.throwIfAborted());
  };
  const placesFor = async ({ plan, cookie }: ProbeWish): Promise<Places> => {
    const of = { plan, cookie };
    if (places !== undefined && sameData(places.of, of) && (await hasDevices())) return places.open;
    places?.open.close();
    places = undefined;
    const open = await openThem(plan, cookie, options);
    places = { open, of };
    for (const socket of open.reflectors) reflect(socket, { cookie, node: options.nodeName });
    return open;
  };
  const tell = (targets: readonly Target[]) => {
    const next = proofsOf(targets, standings);
    if (sameData([...said], [...next])) return;
    said = next;
    options.onChange();
  };
  const probe = async (target: Target, { cookie, mtu }: ProbeWish, open: Places) => {
    const sockets = open.senders[target.family];
    const turn = (turns.get(target.key) ?? 0) + 1;
    turns.set(target.key, turn);
    const socket = sockets[turn % sockets.length];
    if (socket === undefined) return;
    const to = { address: target.reflector, port: target.port };
    const burst = await sendBurst({ socket, to, cookie, mtu, clock, signal });
    const proof = proofOf(burst, { address: target.address, sender: target.sender, mtu });
    options.onBurst?.(target, proof);
    const before = standings.get(target.key) ?? nothingKnown;
    const standing = settle(before, proof);
    if (standing.said?.result !== before.said?.result)
      log[proof.result === 'Verified' ? 'info' : 'warn'](
        { gateway: `${target.gateway.namespace}/${target.gateway.name}`, ...proof },
        'the probe of a Gateway says',
      );
    standings.set(target.key, standing);
  };
  const round = async () => {
    isNew = false;
    if (wish === undefined) return await sleep(retryMs);
    const now = wish;
    const open = await placesFor(now);
    // A node without IPv6 proves nothing of it.
    const targets = now.targets.filter(({ family }) => open.senders[family].length > 0);
    follow(targets, { standings, dueAt, turns }, clock.monotonic() + random() * Math.min(1_000, everyMs));
    tell(targets);
    const next = nextOf(dueAt);
    const wait = (next?.at ?? Number.POSITIVE_INFINITY) - clock.monotonic();
    // Also who only answers looks whether its devices are still there.
    if (next === undefined || wait > 0) return await sleep(Math.min(wait, usualMs));
    const target = targets.find(({ key }) => key === next.key);
    if (target === undefined) return;
    await probe(target, now, open);
    const standing = standings.get(target.key) ?? nothingKnown;
    dueAt.set(target.key, clock.monotonic() + dueIn(isInDoubt(standing), random(), everyMs));
    tell(targets);
    await clock.sleep(pauseOf(now.nodes), signal);
  };
  const loop = async () => {
    while (!signal.aborted) {
      try {
        await round();
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ error: String(error) }, 'the self-probe does not work; tried again');
        await clock.sleep(retryMs, signal).catch(() => {});
      }
    }
  };
  return {
    want: (next) => {
      if (sameData(wish, next)) return;
      wish = next;
      isNew = true;
      wake();
    },
    proofs: () => said,
    done: loop().finally(() => places?.open.close()),
  };
}

interface Book {
  readonly standings: Map<string, Standing>;
  readonly dueAt: Map<string, number>;
  readonly turns: Map<string, number>;
}

// A target that is gone is forgotten; a new one is due soon.
function follow(targets: readonly Target[], { standings, dueAt, turns }: Book, soon: number): void {
  const keys = new Set(targets.map(({ key }) => key));
  for (const key of dueAt.keys()) {
    if (keys.has(key)) continue;
    dueAt.delete(key);
    standings.delete(key);
    turns.delete(key);
  }
  for (const key of keys) if (!dueAt.has(key)) dueAt.set(key, soon);
}

function proofsOf(targets: readonly Target[], standings: ReadonlyMap<string, Standing>): ReadonlyMap<string, Proof> {
  const byGateway = Map.groupBy(targets, ({ gatewayUid }) => gatewayUid);
  return new Map(
    [...byGateway].flatMap(([uid, same]) => {
      const proof = worstOf(same.map(({ key }) => standings.get(key) ?? nothingKnown));
      return proof === undefined ? [] : [[uid, proof] as const];
    }),
  );
}

async function probeDevicesExist(): Promise<boolean> {
  const texts = await Promise.all(
    Object.values(probeDevices).map((device) => readTextIfExists(`/sys/class/net/${device}/ifindex`)),
  );
  return texts.every((text) => text !== undefined);
}
