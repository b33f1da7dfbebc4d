import type { GatewayHolder } from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import type { World } from './address-world.ts';
import type { AddressState } from './claim-ledger.ts';

/** Somebody's wish for this very address. */
export interface AddressWish {
  readonly state: AddressState;
  readonly holder: GatewayHolder;
  readonly words: { readonly field: string; readonly address: string };
}

/** Why somebody who asks for this very address cannot have it now. */
export function refuseAddress(world: World, { state, holder, words }: AddressWish): Finding | undefined {
  if (state.kind === 'free') return undefined;
  const other = `${state.holder.namespace}/${state.holder.name}`;
  if (state.kind === 'claimed' && isSameGateway(state.holder, holder)) {
    return awaitReturn(world, { state, holder, words });
  }
  if (state.kind === 'claimed' && state.available) return undefined;
  const until = state.kind === 'claimed' ? state.resting : undefined;
  if (until !== undefined) return finding('AddressResting', { ...words, holder: other, until });
  return finding('AddressTaken', { ...words, holder: other });
}

// One Gateway of a name at a time: an other uid under the same name is the one that was deleted.
function isSameGateway(a: GatewayHolder, b: GatewayHolder): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}

/**
 * What a Gateway made again under its name waits for: the deleted one's address comes back as soon as no placement and no Ready node
 * has it, so that there are never two owners of one address.
 */
export function awaitReturn({ rest }: World, { state, holder, words }: AddressWish): Finding | undefined {
  if (state.kind !== 'claimed' || state.holder.uid === holder.uid) return undefined;
  const gone = state.resting !== undefined && !rest.isPlaced(words.address) && !rest.holdsGateway(state.holder.uid);
  return gone ? undefined : finding('AddressReturning', { ...words, gateway: `${holder.namespace}/${holder.name}` });
}
