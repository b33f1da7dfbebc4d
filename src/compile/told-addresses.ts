import type { PlacementIdentity } from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import type { AddressPair } from './address-pairs.ts';
import type { Numbers } from './allocate-cluster.ts';
import type { GatewaySettings } from './judge-gateways.ts';

/**
 * The identities that can be announced: in a network with BGP peers an address whose family no peer has would be nobody's to reach, and
 * is left out; what has a peer works all the same. Without peers all are.
 */
export function toldIdentities(
  identities: readonly PlacementIdentity[],
  { network, egressClass }: Pick<GatewaySettings, 'network' | 'egressClass'>,
): { readonly identities: readonly PlacementIdentity[]; readonly problem?: Finding } {
  const peers = network.bgp?.peers;
  if (peers === undefined) return { identities };
  const has = (six: boolean) => peers.some(({ address }) => address.includes(':') === six);
  const [has4, has6] = [has(false), has(true)];
  const told = identities.flatMap(({ id, ipv4, ipv6 }): readonly PlacementIdentity[] => {
    const kept = {
      ...(ipv4 === undefined || !has4 ? {} : { ipv4 }),
      ...(ipv6 === undefined || !has6 ? {} : { ipv6 }),
    };
    return Object.keys(kept).length === 0 ? [] : [{ id, ...kept }];
  });
  const untold = identities.flatMap(({ ipv4, ipv6 }) => [has4 ? [] : (ipv4 ?? []), has6 ? [] : (ipv6 ?? [])].flat());
  if (untold.length === 0) return { identities };
  const words = { addresses: untold.join(', '), family: has6 ? 4 : 6, network: network.name, class: egressClass };
  return { identities: told, problem: finding('GatewayAddressUntold', words) };
}

/** The identities of a Gateway with the addresses that each stands for, by number; one without a number yet is left out. */
export function identitiesOf(
  uid: string,
  pairs: readonly AddressPair[],
  numbers: Numbers,
): readonly PlacementIdentity[] {
  return pairs
    .flatMap(({ slot, ipv4, ipv6 }) => {
      const id = numbers.identities.get(`${uid}/${slot}`);
      const addresses = { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
      return id === undefined ? [] : [{ id, ...addresses }];
    })
    .sort((a, b) => a.id - b.id);
}
