import type {
  EgressAddressClaimSpec,
  EgressClusterStatus,
  EgressPlacement,
  EgressPlacementSpec,
} from '../api/kinds.ts';
import { resources } from '../api/resources.ts';
import { claimName } from '../net/claim-name.ts';
import { parseIp } from '../net/ip.ts';
import type { Check } from './writes.ts';

// A watch that lags by minutes must not give anything away twice. What is freed rests at least 10 s and stays taken while a
// placement carries it, so a look at the API server right before the write is enough.

/** Addresses and numbers that a placement gets with this write must be its own now; those it has already nobody else can have. */
export function placementChecks(
  uid: string,
  spec: EgressPlacementSpec,
  existing: EgressPlacement | undefined,
): Check[] {
  const known = new Set(existing === undefined ? [] : addressesOf(existing.spec));
  const claims = addressesOf(spec).filter((address) => !known.has(address));
  const ids = spec.identities.map(({ id }) => id);
  const knownIds = new Set(existing?.spec.identities.map(({ id }) => id));
  const newIds = ids.filter((id) => !knownIds.has(id));
  const checks = claims.flatMap((address) => claimCheck(address, uid));
  return newIds.length === 0 && existing?.spec.group === spec.group
    ? checks
    : [...checks, numbersCheck(uid, spec.group, newIds)];
}

/** The placement of a claim's former holder must not carry the address any more, nor ever again. */
export function releaseChecks({ address, holder }: EgressAddressClaimSpec): Check[] {
  const problem: Check['problem'] = (object) => {
    const spec = object?.['spec'] as EgressPlacementSpec | undefined;
    if (spec === undefined || !addressesOf(spec).includes(address)) return undefined;
    return `EgressPlacement ${holder.uid} still carries ${address}`;
  };
  return [{ resource: resources.egressPlacements, name: holder.uid, problem }];
}

function claimCheck(address: string, uid: string): Check[] {
  const ip = parseIp(address);
  if (ip === undefined) return [];
  const problem: Check['problem'] = (object) => {
    const spec = object?.['spec'] as EgressAddressClaimSpec | undefined;
    if (spec?.holder.uid === uid && spec.quarantinedUntil === undefined) return undefined;
    return `${address} is not claimed by ${uid} any more`;
  };
  return [{ resource: resources.egressAddressClaims, name: claimName(ip), problem }];
}

function numbersCheck(uid: string, group: number, ids: readonly number[]): Check {
  const problem: Check['problem'] = (object) => {
    const status = object?.['status'] as EgressClusterStatus | undefined;
    const live = new Map(
      (status?.identities ?? [])
        .filter((entry) => entry.releasedAt === undefined)
        .map(({ id, holder }) => [id, holder]),
    );
    const lost = ids.filter((id) => live.get(id)?.startsWith(`${uid}/`) !== true);
    if (lost.length > 0) return `identities ${lost.join(', ')} are not those of ${uid} any more`;
    const isLive = (status?.groups ?? []).some((entry) => entry.group === group && entry.releasedAt === undefined);
    return isLive ? undefined : `failover group ${group} is not in use any more`;
  };
  return { resource: resources.egressClusters, name: 'default', problem };
}

function addressesOf({ identities }: EgressPlacementSpec): readonly string[] {
  return identities.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter((address) => address !== undefined));
}
