import type { Clock } from '../platform/clock.ts';
import { createJourneyBook, type JourneyBook } from './journeys.ts';
import type { TracedFlow, TraceEvent } from './model.ts';
import { isOver, type Pair, pairJourneys } from './pair.ts';
import type { TracePlan } from './plan.ts';

/** How nodes are asked to tell of packets. */
export interface NodeTracer {
  /** Until the signal aborts (then resolves or rejects, as it likes). Rejects with an Error that says which node cannot, and why. */
  trace(node: string, flows: readonly TracedFlow[], options: NodeTracing): Promise<void>;
}

export interface NodeTracing {
  readonly signal: AbortSignal;
  onReady(): void;
  onEvent(event: TraceEvent): void;
}

export interface FollowOptions {
  readonly tracer: NodeTracer;
  readonly clock: Clock;
  readonly plan: TracePlan;
  /** Milliseconds to wait for a packet, from when all nodes look for one. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** All nodes look for packets now. */
  onReady(): void;
}

const startMs = 30_000;
const lookMs = 100;
/** A packet's last words come within this; so long the nodes are heard when all seems told. */
const quietMs = 300;
/** So long the other node is waited for where the packet went to it; packets of a flow that lasts are looked at once a second. */
const tunnelMs = 3_000;

/** Waits for a packet that can be followed to its end; undefined: none was seen. Rejects when a node cannot look, or with the signal's reason. */
export async function followPacket(options: FollowOptions): Promise<Pair | undefined> {
  const { tracer, plan, signal } = options;
  const over = new AbortController();
  const all = AbortSignal.any([signal, over.signal]);
  const books = new Map([...plan.flows.keys()].map((node) => [node, createJourneyBook()] as const));
  const waiting = new Set(books.keys());
  const work = [...plan.flows].map(([node, flows]) =>
    tracer.trace(node, flows, {
      signal: all,
      onReady: () => {
        if (waiting.delete(node) && waiting.size === 0) options.onReady();
      },
      onEvent: (event) => books.get(node)?.add(event),
    }),
  );
  const ended = work.map(async (each) => {
    await each;
    signal.throwIfAborted();
    throw new Error('a node stopped looking for packets before one came: try again');
  });
  try {
    return await Promise.race([look({ ...options, signal: all }, books, waiting), ...ended]);
  } finally {
    over.abort();
    await Promise.allSettled(ended);
  }
}

async function look(
  { plan, clock, timeoutMs, signal }: FollowOptions,
  books: ReadonlyMap<string, JourneyBook>,
  waiting: ReadonlySet<string>,
): Promise<Pair | undefined> {
  let deadline = clock.monotonic() + startMs;
  while (waiting.size > 0) {
    if (clock.monotonic() > deadline)
      throw new Error(`${[...waiting].join(' and ')} did not begin to look for packets within ${startMs / 1_000} s`);
    await clock.sleep(lookMs, signal);
  }
  deadline = clock.monotonic() + timeoutMs;
  let firstAt: number | undefined;
  for (;;) {
    await clock.sleep(lookMs, signal);
    const pair = pairOf(plan, books);
    const now = clock.monotonic();
    if (pair === undefined) {
      if (now > deadline) return undefined;
      continue;
    }
    firstAt ??= now;
    const isTold = isOver(pair) || pair.isSame;
    if (now - firstAt < (isTold || plan.owner === undefined ? quietMs : tunnelMs)) continue;
    await clock.sleep(quietMs, signal);
    return pairOf(plan, books);
  }
}

function pairOf({ node, owner }: TracePlan, books: ReadonlyMap<string, JourneyBook>): Pair | undefined {
  const all = (name: string | undefined) => books.get(name ?? '')?.journeys() ?? [];
  const isAt = (hop: 'pod' | 'gateway') => (journey: { readonly hop: string }) => journey.hop === hop;
  return pairJourneys(all(node).filter(isAt('pod')), all(owner).filter(isAt('gateway')));
}
