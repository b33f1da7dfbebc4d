import type { NodePlan } from '../compile/node-plan.ts';
import type { NodeView } from '../compile/select.ts';
import type { Sysctls } from '../dataplane/sysctl/exec.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { startProber } from '../probe/run.ts';
import { probeWish } from '../probe/targets.ts';
import type { Proof } from '../probe/verdict.ts';
import { createBoard } from '../telemetry/board.ts';
import type { Logger } from '../telemetry/log.ts';
import { createPlaces } from '../telemetry/places.ts';
import { type GatewayLabels, type GatewayName, labelsOf, mostGateways, overflow } from './gateway-metrics.ts';
import type { AgentMetrics } from './metrics.ts';

export interface SelfProbeOptions {
  readonly runner: Runner;
  readonly sysctls: Sysctls;
  readonly nodeName: string;
  /** Between two bursts of one way; undefined: nothing is probed or answered. */
  readonly probeMs: number | undefined;
  readonly metrics: AgentMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  onChange(): void;
}

export interface SelfProbe {
  /** What was programmed last. */
  want(now: { readonly view: NodeView; readonly plan: NodePlan; readonly mtu: number | undefined }): void;
  /** By uid of the Gateway. */
  proofs(): ReadonlyMap<string, Proof>;
  readonly done: Promise<void>;
}

/** The self-probe of this node by the plans that it applied, and its metrics. */
export function startSelfProbe({ probeMs, metrics, ...options }: SelfProbeOptions): SelfProbe {
  if (probeMs === undefined) return { want: () => {}, proofs: () => new Map(), done: Promise.resolve() };
  let names: ReadonlyMap<string, GatewayName> = new Map();
  const shown = createProofMetrics(metrics);
  const prober = startProber({
    ...options,
    everyMs: probeMs,
    onSpawn: (command) => metrics.processes.add({ command }),
    onBurst: (_, { result }) => metrics.probeBursts.add({ result }),
    onChange: () => {
      shown.tell(prober.proofs(), names);
      options.onChange();
    },
  });
  return {
    want: ({ view, plan, mtu }) => {
      if (mtu === undefined) return;
      const { placements, cluster } = view;
      const nodes = cluster.status?.nodeIndexes?.length ?? 1;
      const wish = probeWish({ plan, placements, clusterUid: cluster.metadata.uid, mtu, nodes });
      names = new Map((wish?.targets ?? []).map(({ gatewayUid, gateway }) => [gatewayUid, gateway]));
      prober.want(wish);
    },
    proofs: prober.proofs,
    done: prober.done,
  };
}

/** Keeps the gauges of Gateways what is said of them; those beyond the first are told as one, by what is worst. */
export function createProofMetrics(metrics: Pick<AgentMetrics, 'probeVerified' | 'probeRoundTrip'>): {
  tell(proofs: ReadonlyMap<string, Proof>, names: ReadonlyMap<string, GatewayName>): void;
} {
  const places = createPlaces(mostGateways);
  const boards = { verified: createBoard(metrics.probeVerified), roundTrip: createBoard(metrics.probeRoundTrip) };
  return {
    tell: (proofs, names) => {
      const known = [...proofs].filter(([uid]) => names.has(uid));
      places.keep(known.map(([uid]) => uid));
      const told = new Map<string, Told>();
      for (const [uid, proof] of known) {
        const name = names.get(uid);
        const labels = name === undefined || !places.has(uid) ? overflow : labelsOf(name);
        const key = JSON.stringify(labels);
        told.set(key, worst(told.get(key) ?? { labels, isVerified: true }, proof));
      }
      const all = [...told.values()];
      boards.verified.show(all.map(({ labels, isVerified }) => [labels, isVerified ? 1 : 0]));
      boards.roundTrip.show(
        all.flatMap(({ labels, roundTripMs: ms }) => (ms === undefined ? [] : [[labels, ms / 1_000] as const])),
      );
    },
  };
}

interface Told {
  readonly labels: GatewayLabels;
  readonly isVerified: boolean;
  readonly roundTripMs?: number;
}

function worst(told: Told, { result, roundTripMilliseconds: ms }: Proof): Told {
  const isVerified = told.isVerified && result === 'Verified';
  return { ...told, isVerified, ...(ms === undefined ? {} : { roundTripMs: Math.max(ms, told.roundTripMs ?? 0) }) };
}
