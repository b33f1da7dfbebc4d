import type { Snapshot } from '../compile/snapshot.ts';
import { type Explanation, explain } from '../explain/explain.ts';
import type { Question } from '../explain/question.ts';
import { renderExplanation } from '../explain/render-explanation.ts';
import type { KubeClient, KubeExec } from '../kube/client.ts';
import { systemClock } from '../platform/clock.ts';
import { compareTrace, type TraceReport } from '../trace/compare.ts';
import { createExecTracer } from '../trace/exec-tracer.ts';
import { followPacket } from '../trace/follow-packet.ts';
import { gatewayOf, planTrace } from '../trace/plan.ts';
import { renderTrace } from '../trace/render.ts';

export interface TraceFlags {
  /** Seconds. */
  readonly timeout: number;
  readonly systemNamespace: string;
}

/** What was foretold of a packet, and what became of it. */
export interface Traced {
  readonly prediction: Explanation;
  readonly trace: TraceReport;
}

interface World {
  readonly snapshot: Snapshot;
  readonly client: KubeClient & KubeExec;
  readonly flags: TraceFlags;
  readonly signal: AbortSignal;
}

/** Beyond the wait for a packet: to begin, and to hear the end. */
const spareSeconds = 45;

/** Follows the Pod's next packet of this kind; says on stderr when to send it. Rejects when none comes, or no node may be asked. */
export async function traceQuestion(question: Question, { snapshot, client, flags, signal }: World): Promise<Traced> {
  const prediction = explain(snapshot, question);
  const planned = planTrace(snapshot, question, prediction);
  if (!planned.ok) throw new Error(planned.message);
  const { value: plan } = planned;
  const { timeout, systemNamespace } = flags;
  const nodes = [...plan.flows.keys()].join(' and ');
  const pair = await followPacket({
    ...{ plan, clock: systemClock, timeoutMs: timeout * 1_000, signal },
    tracer: createExecTracer({ client, namespace: systemNamespace, seconds: Math.ceil(timeout) + spareSeconds }),
    onReady: () => {
      process.stderr.write(
        `looking on ${nodes} for ${timeout} s: send something from ${prediction.pod} to ${prediction.packet} now\n`,
      );
    },
  });
  if (pair === undefined)
    throw new Error(
      `--trace: ${prediction.pod} sent nothing to ${prediction.packet} within ${timeout} s that reached its node's nftables hooks`,
    );
  const context = { ...plan, gatewayOf: (identity: number) => gatewayOf(snapshot, identity) };
  return { prediction, trace: compareTrace(prediction, pair, context) };
}

/** Both as lines for a person. */
export const renderTraced = ({ prediction, trace }: Traced): string =>
  `${renderExplanation(prediction)}\n${renderTrace(trace)}`;
