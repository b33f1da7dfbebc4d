import type { Gateway } from '../api/gateway.ts';
import { poolAddressType } from '../api/names.ts';
import { type Finding, finding } from '../api/reasons.ts';
import { formatIp, type Ip, parseIp } from '../net/ip.ts';

/** One wish of a Gateway: this address, or any (of one pool). `field` is its path for messages. */
export type AddressRequest =
  | { readonly kind: 'fixed'; readonly field: string; readonly address: string; readonly ip: Ip }
  | { readonly kind: 'auto'; readonly field: string; readonly pool?: string };

export interface AddressRequests {
  /** The first address of an unsupported type: nothing else counts then. */
  readonly unsupported?: Finding;
  readonly requests: readonly AddressRequest[];
  /** Values that cannot be honoured whatever the pools have. */
  readonly problems: readonly Finding[];
}

/** An EgressPlacement has this many identities. */
const mostAddresses = 16;

/** spec.addresses of a Gateway as wishes; without any, one automatic wish. */
export function parseAddressRequests({ spec }: Gateway): AddressRequests {
  const entries = (spec.addresses ?? []).map((entry, index) => ({
    field: `spec.addresses[${index}]`,
    type: entry.type ?? 'IPAddress',
    value: entry.value ?? '',
  }));
  const bad = entries.find(({ type }) => type !== 'IPAddress' && type !== poolAddressType);
  if (bad !== undefined) {
    const unsupported = finding('GatewayUnsupportedAddress', { field: bad.field, type: bad.type });
    return { unsupported, requests: [], problems: [] };
  }
  if (entries.length === 0) return { requests: [{ kind: 'auto', field: 'spec.addresses' }], problems: [] };
  const results = entries.map(parseEntry);
  const problems = results.filter((result) => 'code' in result);
  const requests = results.filter((result) => 'kind' in result);
  return limitRequests(requests, problems);
}

interface Entry {
  readonly field: string;
  readonly type: string;
  readonly value: string;
}

function parseEntry({ field, type, value }: Entry, index: number, entries: readonly Entry[]): AddressRequest | Finding {
  if (type === poolAddressType && value !== '') return { kind: 'auto', field, pool: value };
  if (value === '') return { kind: 'auto', field };
  const ip = parseIp(value);
  if (ip === undefined) return finding('AddressMalformed', { field, address: value });
  const address = formatIp(ip);
  const earlier = entries.slice(0, index).some((other) => {
    const otherIp = other.type === type ? parseIp(other.value) : undefined;
    return otherIp !== undefined && formatIp(otherIp) === address;
  });
  if (earlier) return finding('AddressRepeated', { field, address });
  return { kind: 'fixed', field, address, ip };
}

function limitRequests(requests: readonly AddressRequest[], problems: readonly Finding[]): AddressRequests {
  const surplus = requests[mostAddresses];
  if (surplus === undefined) return { requests, problems };
  const tooMany = finding('AddressTooMany', { field: surplus.field, limit: mostAddresses });
  return { requests: requests.slice(0, mostAddresses), problems: [...problems, tooMany] };
}
