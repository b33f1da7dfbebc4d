import type { FlowCount } from '../dataplane/conntrack/parse-count.ts';
import { receivedCounter, sentCounter } from '../dataplane/desired/names.ts';
import type { CounterValue } from '../dataplane/nft/parse-counters.ts';
import { createBoard, mergeEntries } from '../telemetry/board.ts';
import { createPlaces } from '../telemetry/places.ts';
import type { GatewayFact } from './gateway-facts.ts';
import type { AgentMetrics } from './metrics.ts';

/** Each Gateway is ten time series or so; those of a node beyond that many are told together, as `overflow`. */
export const mostGateways = 200;

export interface GatewayName {
  readonly namespace: string;
  readonly name: string;
}

export type GatewayLabels = Readonly<Record<'gateway_namespace' | 'gateway_name', string>>;

/** No Gateway is called so: it has a namespace. */
export const overflow: GatewayLabels = { gateway_namespace: '', gateway_name: 'overflow' };

/** Pure: the labels of a Gateway with series of its own. */
export function labelsOf({ namespace, name }: GatewayName): GatewayLabels {
  return { gateway_namespace: namespace, gateway_name: name };
}

/** What the kernel counted since the last look, by counter. */
export type Counted = ReadonlyMap<string, CounterValue>;

export interface GatewayFigures {
  readonly facts: readonly GatewayFact[];
  readonly counted: Counted;
  /** By uid, as counted last; of a Gateway without, none is known. */
  readonly flows: ReadonlyMap<string, FlowCount>;
}

const directions = ['sent', 'received'] as const;
const counterOf = { sent: sentCounter, received: receivedCounter } as const;
const nothing: CounterValue = { packets: 0, bytes: 0 };

/** Tells of Gateways in at most `mostGateways` + 1 series of each kind. */
export function createGatewayMetrics(metrics: AgentMetrics): { tell(figures: GatewayFigures): void } {
  const places = createPlaces(mostGateways);
  const named = new Map<string, GatewayLabels>();
  const boards = {
    pods: createBoard(metrics.gatewayPods),
    owned: createBoard(metrics.gatewayOwned),
    flows: createBoard(metrics.gatewayFlows),
    ports: createBoard(metrics.gatewayPorts),
  };
  const place = (wanted: readonly GatewayFact[]): readonly Placed[] => {
    for (const uid of places.keep(wanted.map((fact) => fact.uid))) {
      const labels = named.get(uid);
      if (labels !== undefined) removeCounters(metrics, labels);
      named.delete(uid);
    }
    return wanted.map((fact) => {
      if (!places.has(fact.uid)) return { fact, labels: overflow };
      const labels = labelsOf(fact);
      named.set(fact.uid, labels);
      return { fact, labels };
    });
  };
  return {
    tell: ({ facts, counted, flows }) => {
      const grew = ({ ids }: GatewayFact) =>
        ids.some((id) => directions.some((way) => counted.has(counterOf[way](id))));
      const placed = place(facts.filter((fact) => fact.pods > 0 || fact.isOwned || grew(fact)));
      for (const each of placed) addCounters(metrics, each, counted);
      const owned = placed.filter(({ fact }) => fact.isOwned);
      const counts = owned.flatMap(({ fact, labels }) => {
        const count = flows.get(fact.uid);
        return count === undefined ? [] : [{ labels, count }];
      });
      const using = placed.filter(({ fact }) => fact.pods > 0);
      boards.pods.show(mergeEntries(using.map(({ fact, labels }) => [labels, fact.pods])));
      boards.owned.show(mergeEntries(owned.map(({ fact, labels }) => [{ ...labels, group: String(fact.group) }, 1])));
      boards.flows.show(mergeEntries(counts.map(({ labels, count }) => [labels, count.flows])));
      boards.ports.show(
        mergeEntries(
          counts.map(({ labels, count }) => [labels, count.ports]),
          Math.max,
        ),
      );
    },
  };
}

interface Placed {
  readonly fact: GatewayFact;
  readonly labels: GatewayLabels;
}

function addCounters(metrics: AgentMetrics, { fact, labels }: Placed, counted: Counted): void {
  for (const direction of directions) {
    for (const id of fact.ids) {
      const { packets, bytes } = counted.get(counterOf[direction](id)) ?? nothing;
      // An owner's begin at 0; who only uses the Gateway has none.
      if (packets === 0 && !fact.isOwned) continue;
      metrics.gatewayPackets.add({ ...labels, direction }, packets);
      metrics.gatewayBytes.add({ ...labels, direction }, bytes);
    }
  }
}

function removeCounters(metrics: AgentMetrics, labels: GatewayLabels): void {
  for (const direction of directions) {
    metrics.gatewayPackets.remove({ ...labels, direction });
    metrics.gatewayBytes.remove({ ...labels, direction });
  }
}
