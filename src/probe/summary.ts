import type { Standing } from './settle.ts';
import type { ProbeResult, Proof } from './verdict.ts';

/** The worst first. */
const order: readonly ProbeResult[] = ['NotCaught', 'WrongSource', 'NoAnswer', 'PathMtu', 'Loss', 'Verified'];

/** Of all ways to one Gateway (its identities, both families) what is said of it: the worst; undefined while one of them is unknown and none is bad. */
export function worstOf(standings: readonly Standing[]): Proof | undefined {
  const proofs = standings.flatMap(({ said }) => (said === undefined ? [] : [said]));
  const worst = proofs.reduce<Proof | undefined>(
    (before, proof) => (isWorse(proof, before) ? proof : before),
    undefined,
  );
  return worst?.result === 'Verified' && proofs.length < standings.length ? undefined : worst;
}

function isWorse(proof: Proof, other: Proof | undefined): boolean {
  if (other === undefined) return true;
  const step = order.indexOf(proof.result) - order.indexOf(other.result);
  return step === 0 ? (proof.roundTripMilliseconds ?? 0) > (other.roundTripMilliseconds ?? 0) : step < 0;
}
