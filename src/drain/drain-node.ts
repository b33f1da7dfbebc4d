import type { EgressPlacement } from '../api/kinds.ts';
import { resources } from '../api/resources.ts';
import type { KubeClient } from '../kube/client.ts';
import { readPages } from '../kube/list.ts';
import type { Clock } from '../platform/clock.ts';
import { type GatewaySeat, type HeldGateway, heldBy, seatOf } from './progress.ts';
import { setDrainTaint } from './taint.ts';

export interface DrainOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly node: string;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Told of every Gateway whose addresses went elsewhere, once. */
  onMoved(gateway: GatewaySeat): void;
}

export interface Drained {
  readonly node: string;
  /** The node owns nothing any more. */
  readonly drained: boolean;
  readonly moved: readonly GatewaySeat[];
  readonly held: readonly HeldGateway[];
  readonly milliseconds: number;
}

const pauseMs = 250;

/** Taints the node and waits until it owns nothing, or the time is up: then the taint stays. Rejects with ApiError, or the signal's reason. */
export async function drainNode(options: DrainOptions): Promise<Drained> {
  const { client, clock, node, timeoutMs, signal, onMoved } = options;
  const started = clock.monotonic();
  await setDrainTaint(client, node, { wanted: true, signal });
  const known = new Map<string, HeldGateway>();
  const moved = new Map<string, GatewaySeat>();
  for (;;) {
    const placements = await readPlacements(client, signal);
    const held = heldBy(node, placements, new Set(known.keys()));
    for (const gateway of held) known.set(keyOf(gateway), gateway);
    for (const seat of placements.map(seatOf)) {
      const key = keyOf(seat);
      if (!known.has(key) || moved.has(key) || held.some((gateway) => keyOf(gateway) === key)) continue;
      moved.set(key, seat);
      onMoved(seat);
    }
    const milliseconds = clock.monotonic() - started;
    const drained = held.length === 0;
    if (drained || milliseconds >= timeoutMs)
      return { node, drained, moved: [...moved.values()], held, milliseconds: Math.round(milliseconds) };
    await clock.sleep(pauseMs, signal);
  }
}

const keyOf = ({ namespace, name }: GatewaySeat): string => `${namespace}/${name}`;

// Only the controller writes placements, and the API server holds them to their schema.
async function readPlacements(client: KubeClient, signal: AbortSignal): Promise<readonly EgressPlacement[]> {
  let placements: EgressPlacement[] = [];
  await readPages({ client, resource: resources.egressPlacements }, { signal }, (items, restart) => {
    placements = [...(restart ? [] : placements), ...(items as readonly EgressPlacement[])];
  });
  return placements;
}
