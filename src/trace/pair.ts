import type { Journey } from './journeys.ts';
import { isTunnel, type Sight, sightOf } from './sight.ts';

/** One packet of the Pod as both nodes saw it. */
export interface Pair {
  readonly pod: Sight;
  /** Absent: not seen (yet), or not bound for another hop. */
  readonly gateway?: Sight;
  /** Whether the gateway hop saw this very packet; else another one of its flow. */
  readonly isSame: boolean;
}

/** Pure: of what two nodes saw the packet that can be followed farthest, the oldest such; undefined while the Pod's node saw none. */
export function pairJourneys(pod: readonly Journey[], gateway: readonly Journey[]): Pair | undefined {
  const there = gateway.map(sightOf);
  const pairs = pod.map(sightOf).map((sight): Pair => {
    const same = there.find((other) => isOneFlow(sight, other) && other.first.print === sight.last.print);
    const found = same ?? there.find((other) => isOneFlow(sight, other));
    return { pod: sight, isSame: same !== undefined, ...(found === undefined ? {} : { gateway: found }) };
  });
  return (
    pairs.find(({ isSame }) => isSame) ??
    pairs.find((pair) => pair.gateway !== undefined) ??
    pairs.find(isOver) ??
    pairs[0]
  );
}

/** Whether the other node need not be asked: the packet did not go there. */
export function isOver({ pod: { ending } }: Pick<Pair, 'pod'>): boolean {
  return ending.kind === 'dropped' || ending.kind === 'arrived' || (ending.kind === 'left' && !isTunnel(ending.device));
}

/** The pod hop's last header is the gateway hop's first. */
function isOneFlow({ last }: Sight, { first }: Sight): boolean {
  return (
    last.source === first.source &&
    last.destination === first.destination &&
    last.sourcePort === first.sourcePort &&
    last.destinationPort === first.destinationPort &&
    last.echo === first.echo
  );
}
