import type { Proof } from './verdict.ts';

/** What is known of a target: what is said of it, and what speaks for something else. */
export interface Standing {
  /** Undefined until something was proved. */
  readonly said: Proof | undefined;
  /** What the last bursts showed instead, one after the other. */
  readonly doubt: { readonly proof: Proof; readonly times: number } | undefined;
}

export const nothingKnown: Standing = { said: undefined, doubt: undefined };

/** Bursts that must agree: a failover or a restarting agent is over by then, for figures alone a busy hour of a node begins. */
const needed = { failure: 3, recovery: 2, way: 3, figures: 12 } as const;

/** The standing after one more burst: the same words as long as nothing else has shown itself several times in a row. */
export function settle({ said, doubt }: Standing, proof: Proof): Standing {
  if (said === undefined && proof.result === 'Verified') return { said: proof, doubt: undefined };
  if (said !== undefined && isSame(said, proof)) return { said, doubt: undefined };
  const times = doubt !== undefined && doubt.proof.result === proof.result ? doubt.times + 1 : 1;
  if (times >= neededFor(said, proof)) return { said: proof, doubt: undefined };
  return { said, doubt: { proof, times } };
}

/** Whether the next burst should come soon: something is about to be said, or nothing was yet. */
export function isInDoubt({ said, doubt }: Standing): boolean {
  return doubt !== undefined && doubt.proof.result !== said?.result;
}

function neededFor(said: Proof | undefined, proof: Proof): number {
  if (said?.result === proof.result) return isSameWay(said, proof) ? needed.figures : needed.way;
  return proof.result === 'Verified' ? needed.recovery : needed.failure;
}

// Figures that moved a little are no news; who answers is: the owner has changed.
function isSame(a: Proof, b: Proof): boolean {
  return (
    isSameWay(a, b) &&
    isNear(a.roundTripMilliseconds, b.roundTripMilliseconds) &&
    Math.abs((a.lossPercent ?? 0) - (b.lossPercent ?? 0)) <= lossMargin
  );
}

function isSameWay(a: Proof, b: Proof): boolean {
  return (
    a.result === b.result && a.address === b.address && a.source === b.source && a.node === b.node && a.mtu === b.mtu
  );
}

const lossMargin = 20;
/** Three steps of 1, 2, 5, 10, …: 2 ms and 20 ms are the same path on a busy node. */
const roundTripFactor = 10;

function isNear(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Math.max(a, b) <= Math.min(a, b) * roundTripFactor;
}
