import type { NodePlan } from '../compile/node-plan.ts';
import type { NodeView } from '../compile/select.ts';
import type { Sysctls } from '../dataplane/sysctl/exec.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { startProber } from '../probe/run.ts';
import { probeWish } from '../probe/targets.ts';
import type { Proof } from '../probe/verdict.ts';
import type { Logger } from '../telemetry/log.ts';
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
  let names: ReadonlyMap<string, string> = new Map();
  let shown: readonly string[] = [];
  const prober = startProber({
    ...options,
    everyMs: probeMs,
    onSpawn: (command) => metrics.processes.add({ command }),
    onBurst: (_, { result }) => metrics.probeBursts.add({ result }),
    onChange: () => {
      shown = tellProofs(metrics, { proofs: prober.proofs(), names, shown });
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

/** Each is a time series; a node with more Gateways than that shows the first by name. */
const mostShown = 200;

interface Told {
  readonly proofs: ReadonlyMap<string, Proof>;
  readonly names: ReadonlyMap<string, string>;
  readonly shown: readonly string[];
}

/** Sets the gauges of Gateways to what is said of them and removes those of which nothing is; the names that are shown now. */
export function tellProofs(metrics: AgentMetrics, { proofs, names, shown }: Told): readonly string[] {
  const named = [...proofs].flatMap(([uid, proof]) => {
    const gateway = names.get(uid);
    return gateway === undefined ? [] : [{ gateway, proof }];
  });
  const next = named.toSorted((a, b) => (a.gateway < b.gateway ? -1 : 1)).slice(0, mostShown);
  for (const { gateway, proof } of next) {
    metrics.probeVerified.set({ gateway }, proof.result === 'Verified' ? 1 : 0);
    if (proof.roundTripMilliseconds !== undefined)
      metrics.probeRoundTrip.set({ gateway }, proof.roundTripMilliseconds / 1_000);
    else metrics.probeRoundTrip.remove({ gateway });
  }
  const kept = new Set(next.map(({ gateway }) => gateway));
  for (const gateway of shown) {
    if (kept.has(gateway)) continue;
    metrics.probeVerified.remove({ gateway });
    metrics.probeRoundTrip.remove({ gateway });
  }
  return [...kept];
}
