import { apiVersion } from '../../src/api/names.ts';
import { addIp, compareIp, formatIp, type Ip, parseIp } from '../../src/net/ip.ts';
import { parseRange } from '../../src/net/range.ts';
import { listAt } from '../lib/read.ts';
import { type Api, ApiRefusal } from '../lib/world.ts';

/**
 * Where no usable addresses are given: the last free IPv4 ones of the EgressAddressPools, which automatic choices reach last.
 * Empty where the implementation has no such pools.
 */
export async function findUsableAddresses(api: Api, count: number): Promise<readonly string[]> {
  const [pools, claims] = await Promise.all([
    listIfServed(api, 'EgressAddressPool'),
    listIfServed(api, 'EgressAddressClaim'),
  ]);
  const used = new Set(claims.map(({ metadata }) => metadata.name));
  const ranges = pools.flatMap((pool) => listAt(pool, 'spec', 'addresses'));
  const avoided = new Set(pools.flatMap((pool) => listAt(pool, 'spec', 'avoid')));
  const usable: Ip[] = [];
  for (const text of ranges) {
    const range = typeof text === 'string' ? parseRange(text) : undefined;
    // The first and the last address of a CIDR are the network's own.
    if (range?.family !== 4 || (typeof text === 'string' && text.includes('/'))) continue;
    for (
      let at: Ip = { family: 4, value: range.to };
      at.value >= range.from && usable.length < count;
      at = addIp(at, -1)
    ) {
      if (!used.has(formatIp(at)) && !avoided.has(formatIp(at))) usable.push(at);
    }
  }
  return usable.sort(compareIp).map(formatIp);
}

async function listIfServed(api: Api, kind: string) {
  try {
    return await api.list({ apiVersion, kind });
  } catch (error) {
    if (error instanceof ApiRefusal && (error.status === 404 || error.status === 403)) return [];
    throw error;
  }
}

/** Checks addresses given by flags; throws RangeError. */
export function parseAddresses(option: string, values: readonly string[]): readonly string[] {
  return values.map((value) => {
    const ip = parseIp(value);
    if (ip === undefined) throw new RangeError(`${option} ${value}: is not an IP address`);
    return formatIp(ip);
  });
}
