import { claimName } from '../net/claim-name.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import type { Grant } from './address-world.ts';

/** One identity's addresses; `slot` names it within its Gateway and stays while its leading address stays. */
export interface AddressPair {
  readonly slot: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** False while a claim of one of the two is still only wanted. */
  readonly confirmed: boolean;
}

/**
 * Grants to pairs: the two families of one automatic request belong together; of addresses asked for by value the first
 * IPv4 goes with the first IPv6, and so on (decisions.md 2).
 */
export function pairAddresses(grants: readonly Grant[]): readonly AddressPair[] {
  const fixed = grants.filter(({ request }) => request.kind === 'fixed');
  const four = fixed.filter(({ ip }) => ip.family === 4);
  const six = fixed.filter(({ ip }) => ip.family === 6);
  const length = Math.max(four.length, six.length);
  const fixedPairs = Array.from({ length }, (_, index) => pair(four[index], six[index]));
  const automatic = Map.groupBy(
    grants.filter(({ request }) => request.kind === 'auto'),
    ({ request }) => request,
  );
  const automaticPairs = [...automatic.values()].map((both) => {
    return pair(
      both.find(({ ip }) => ip.family === 4),
      both.find(({ ip }) => ip.family === 6),
    );
  });
  return [...fixedPairs, ...automaticPairs].filter((found) => found !== undefined);
}

function pair(four: Grant | undefined, six: Grant | undefined): AddressPair | undefined {
  const lead: Ip | undefined = four?.ip ?? six?.ip;
  if (lead === undefined) return undefined;
  return {
    slot: claimName(lead),
    ...(four === undefined ? {} : { ipv4: formatIp(four.ip) }),
    ...(six === undefined ? {} : { ipv6: formatIp(six.ip) }),
    confirmed: (four?.confirmed ?? true) && (six?.confirmed ?? true),
  };
}
