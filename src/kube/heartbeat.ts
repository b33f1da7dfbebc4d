import { backoffDelay } from '../platform/backoff.ts';
import type { Clock } from '../platform/clock.ts';
import { isAlreadyExists, isNotFound } from './api-error.ts';
import { createLease, type LeaseAt, type LeaseRecord, patchLease } from './lease-record.ts';

/** A heartbeat: a Lease that one holder alone renews (a node's agent). */
export interface HeartbeatLease extends LeaseAt {
  readonly holder: string;
  readonly durationSeconds: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Set at creation, so that the Lease goes with its owner. */
  readonly ownerReferences?: readonly unknown[] | undefined;
}

export interface HeartbeatOptions extends HeartbeatLease {
  readonly intervalMs: number;
  readonly random?: (() => number) | undefined;
  readonly onRenewed?: (() => void) | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Renews a heartbeat once, creating the Lease where it is missing; rejects with ApiError. */
export async function renewLease(lease: HeartbeatLease): Promise<LeaseRecord> {
  const { clock, signal, holder, durationSeconds, ownerReferences } = lease;
  const claim = { holder, durationMs: durationSeconds * 1000, renewedAt: clock.now() };
  const timeoutMs = Math.max(1000, claim.durationMs / 4);
  try {
    return await patchLease(lease, claim, { signal, timeoutMs });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  try {
    return await createLease(lease, { ...claim, acquiredAt: claim.renewedAt }, { signal, timeoutMs, ownerReferences });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return await patchLease(lease, claim, { signal, timeoutMs });
  }
}

/** Renews a heartbeat every `intervalMs` (± 10 %, so that a thousand agents spread), sooner after a failure, until `signal` aborts; never rejects. */
export async function runHeartbeat(options: HeartbeatOptions): Promise<void> {
  const { clock, signal, intervalMs, random = Math.random } = options;
  for (let failures = 0; !signal.aborted; ) {
    try {
      await renewLease(options);
      failures = 0;
      options.onRenewed?.();
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      options.onError?.(error);
    }
    const regular = intervalMs * (0.9 + random() / 5);
    const wait = failures === 0 ? regular : backoffDelay(failures - 1, { initialMs: 500, maxMs: intervalMs, random });
    await clock.sleep(wait, signal).catch(() => undefined);
  }
}
