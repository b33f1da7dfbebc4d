import type { Logger } from '../telemetry/log.ts';
import type { Readiness } from '../telemetry/server.ts';
import { type Cleaned, type CleanOptions, cleanNode } from './clean-node.ts';

export interface KeepCleanOptions extends CleanOptions {
  readonly log: Logger;
}

export interface Cleaner {
  /** Ready: nothing of ours is left. */
  ready(): Readiness;
  /** Resolves after abort. */
  readonly done: Promise<void>;
}

const retryMs = 2_000;
/** Somebody may have started an agent beside it. */
const lookAgainMs = 60_000;

/** Cleans the node until nothing is left, and goes on looking until the signal aborts: a DaemonSet's Pod must not end. */
export function keepClean(options: KeepCleanOptions): Cleaner {
  const { clock, log, signal } = options;
  let missing: readonly string[] = ['the first round'];
  const round = async (): Promise<void> => {
    const cleaned = await cleanNode(options);
    missing = cleaned.left;
    tell(log, cleaned);
  };
  const loop = async () => {
    while (!signal.aborted) {
      await round().catch((error: unknown) => {
        missing = [error instanceof Error ? error.message : String(error)];
        if (!signal.aborted) log.error({ error: String(error) }, 'the node could not be cleaned; tried again');
      });
      await clock.sleep(missing.length === 0 ? lookAgainMs : retryMs, signal).catch(() => {});
    }
  };
  return { ready: () => (missing.length === 0 ? { ok: true } : { ok: false, missing }), done: loop() };
}

function tell(log: Logger, { removed, left, settings }: Cleaned): void {
  if (left.length > 0) log.warn({ left, removed }, 'something of Sallyport is still there; tried again');
  else if (removed > 0)
    log.info({ removed, settings }, 'nothing of Sallyport is left but these settings, which others may need, too');
  else log.debug({}, 'nothing of Sallyport is here');
}
