import type { EgressNodeReportStatus } from '../api/kinds.ts';
import { resources } from '../api/resources.ts';
import { sameData } from '../compile/canonical-json.ts';
import { applyObject } from '../kube/apply.ts';
import type { KubeClient } from '../kube/client.ts';
import { backoffDelay } from '../platform/backoff.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/log.ts';
import { reportJitter } from './report.ts';

export interface ReporterOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly nodeName: string;
  readonly random?: () => number;
}

/** A report and how soon it is wanted. */
export interface Wish {
  readonly status: EgressNodeReportStatus;
  /** The Node's uid: the report goes with its Node. */
  readonly nodeUid: string;
  /** How many nodes report: decides the jitter. */
  readonly nodes: number;
}

export interface Reporter {
  /** Wishes the report to be this; written once, when it differs from what was written last. */
  publish(wish: Wish): void;
  readonly done: Promise<void>;
}

const fieldManager = 'sallyport-agent';
const retries = { initialMs: 200, maxMs: 10_000 };

/** Writes EgressNodeReports: an owner's change at once, others with jitter, only on change, and again until it succeeds. */
export function startReporter(options: ReporterOptions): Reporter {
  let wish: Wish | undefined;
  let written: EgressNodeReportStatus | undefined;
  let wake = () => {};
  let hurry = () => {};
  const { clock, log, signal, random = Math.random } = options;

  const loop = async () => {
    for (let failures = 0; !signal.aborted; ) {
      if (wish === undefined || sameData(wish.status, written)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (signal.aborted) resolve();
        });
        continue;
      }
      if (!isUrgent(written, wish.status)) await jitter(random() * reportJitter(wish.nodes));
      const next: Wish = wish;
      try {
        await write(options, next);
        written = next.status;
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        log.warn({ error: String(error), failures }, 'report not written; tried again');
        await clock.sleep(backoffDelay(failures, { ...retries, random }), signal);
      }
    }
  };
  // Ends early when the wish becomes urgent meanwhile: a new owner's report is what a Gateway's users wait for.
  const jitter = async (ms: number) => {
    const urgent = new AbortController();
    hurry = () => urgent.abort();
    await clock.sleep(ms, AbortSignal.any([signal, urgent.signal])).catch(() => signal.throwIfAborted());
  };
  signal.addEventListener('abort', () => wake(), { once: true });
  return {
    publish: (next) => {
      wish = next;
      if (isUrgent(written, next.status)) hurry();
      wake();
    },
    done: loop().catch((error: unknown) => {
      if (!signal.aborted) throw error;
    }),
  };
}

/** Pure: whether the change is one that a Gateway's users wait for: this node became, or is, an owner. */
export function isUrgent(before: EgressNodeReportStatus | undefined, next: EgressNodeReportStatus): boolean {
  const owns = (status: EgressNodeReportStatus | undefined) =>
    (status?.groups ?? []).some(({ role }) => role === 'Owner');
  return owns(before) || owns(next);
}

async function write({ client, nodeName, signal }: ReporterOptions, { status, nodeUid }: Wish): Promise<void> {
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeUid }];
  const object = { metadata: { name: nodeName, ownerReferences }, ...{ status } };
  await applyObject(client, resources.egressNodeReports, object, { fieldManager, force: true, signal });
}
