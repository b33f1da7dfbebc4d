import type { EgressAddressClaim, EgressAddressClaimSpec, GatewayHolder } from '../api/kinds.ts';
import { claimName, parseClaimName } from '../net/claim-name.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import type { ClaimChanges } from './egress-plan.ts';
import { compareText } from './order.ts';
import type { RestJudge } from './rest.ts';
import { formatTime, longestRestMs, parseTime } from './time.ts';

/** Who has an address in this compile: `claim` is the object that says so, absent while it is only wanted. */
interface Entry {
  readonly ip: Ip;
  readonly claim?: EgressAddressClaim;
  /** The claim's own spec while nobody took the address, else what it shall become. */
  readonly spec: EgressAddressClaimSpec;
  readonly taken: boolean;
}

/** How the ledger answers for one address. */
export type AddressState =
  | { readonly kind: 'free' }
  /** Nobody took it in this compile yet. */
  | ({ readonly kind: 'claimed'; readonly holder: GatewayHolder; readonly pool?: string } & Resting)
  | { readonly kind: 'taken'; readonly holder: GatewayHolder };

/** How far an address that was given up is: until `resting` (RFC 3339) it is kept in mind for a Gateway of its holder's name. */
interface Resting {
  readonly resting?: string;
  /** Every node let go of it: others may have it, too. */
  readonly available: boolean;
}

/** An address that is not to be had, and who has it. */
export interface ClaimedAddress {
  readonly ip: Ip;
  readonly holder: GatewayHolder;
  readonly quarantinedUntil?: string;
}

/** The book of all addresses during one compile: who takes what, first come, first served. */
export interface ClaimLedger {
  stateOf(address: string): AddressState;
  /** Claims of a Gateway that nobody took yet, longest held first: by uid, or by namespace/name of an earlier Gateway. */
  claimsOf(holder: GatewayHolder, by: 'uid' | 'name'): readonly { readonly ip: Ip; readonly pool?: string }[];
  /** Addresses that were given up and are available again, longest free first. */
  available(): readonly Ip[];
  /** Gives the address to the holder; whether its claim object already says so. */
  take(ip: Ip, holder: GatewayHolder, pool: string | undefined): { readonly confirmed: boolean };
  /** Everything that was not taken is freed; freed addresses rest, are kept in mind, then go. */
  close(): { readonly changes: ClaimChanges; readonly claimed: readonly ClaimedAddress[] };
}

/** A ledger of the claims as they are; objects whose name does not stand for their address are ignored. */
export function openLedger(
  claims: readonly EgressAddressClaim[],
  { now, rest }: { readonly now: number; readonly rest: RestJudge },
): ClaimLedger {
  const entries = readClaims(claims);
  const byUid = groupAddresses(entries, (holder) => holder.uid);
  const byName = groupAddresses(entries, ({ namespace, name }) => `${namespace}/${name}`);
  return {
    stateOf: (address) => stateOf(entries.get(address), rest),
    claimsOf(holder, by) {
      const found = by === 'uid' ? byUid.get(holder.uid) : byName.get(`${holder.namespace}/${holder.name}`);
      return (found ?? [])
        .map((address) => entries.get(address))
        .filter((entry) => entry !== undefined)
        .filter(({ taken }) => !taken)
        .map(({ ip, spec }) => (spec.pool === undefined ? { ip } : { ip, pool: spec.pool }));
    },
    available: () => availableOf(entries, rest),
    take(ip, holder, pool) {
      const address = formatIp(ip);
      const { claim } = entries.get(address) ?? {};
      const confirmed = claim?.spec.holder.uid === holder.uid && claim.spec.quarantinedUntil === undefined;
      const spec = confirmed ? claim.spec : newSpec({ address, holder, pool }, now);
      entries.set(address, { ip, taken: true, spec, ...(claim === undefined ? {} : { claim }) });
      return { confirmed };
    },
    close: () => closeLedger([...entries.values()], now, rest),
  };
}

function readClaims(claims: readonly EgressAddressClaim[]): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const claim of claims) {
    const ip = parseClaimName(claim.metadata.name);
    if (ip === undefined || claim.spec.address !== formatIp(ip)) continue;
    entries.set(claim.spec.address, { ip, claim, spec: claim.spec, taken: false });
  }
  return entries;
}

function groupAddresses(
  entries: ReadonlyMap<string, Entry>,
  key: (holder: GatewayHolder) => string,
): ReadonlyMap<string, readonly string[]> {
  const oldestFirst = [...entries].sort(([a, left], [b, right]) => {
    return compareText(left.spec.since, right.spec.since) || compareText(a, b);
  });
  const groups = new Map<string, string[]>();
  for (const [address, { spec }] of oldestFirst) {
    const group = groups.get(key(spec.holder));
    if (group === undefined) groups.set(key(spec.holder), [address]);
    else group.push(address);
  }
  return groups;
}

function availableOf(entries: ReadonlyMap<string, Entry>, rest: RestJudge): readonly Ip[] {
  return [...entries]
    .filter(([, { spec, taken }]) => !taken && isAvailable(spec, rest))
    .sort(([a, left], [b, right]) => {
      return compareText(left.spec.quarantinedUntil ?? '', right.spec.quarantinedUntil ?? '') || compareText(a, b);
    })
    .map(([, { ip }]) => ip);
}

function stateOf(entry: Entry | undefined, rest: RestJudge): AddressState {
  if (entry === undefined) return { kind: 'free' };
  const { holder, pool, quarantinedUntil } = entry.spec;
  if (entry.taken) return { kind: 'taken', holder };
  return {
    kind: 'claimed',
    holder,
    ...(pool === undefined ? {} : { pool }),
    ...(quarantinedUntil === undefined ? {} : { resting: quarantinedUntil }),
    available: isAvailable(entry.spec, rest),
  };
}

function newSpec(
  grant: { readonly address: string; readonly holder: GatewayHolder; readonly pool: string | undefined },
  now: number,
): EgressAddressClaimSpec {
  const { address, holder, pool } = grant;
  return { address, holder, ...(pool === undefined ? {} : { pool }), since: formatTime(now) };
}

function closeLedger(entries: readonly Entry[], now: number, rest: RestJudge): ReturnType<ClaimLedger['close']> {
  const create: ClaimChanges['create'][number][] = [];
  const update: ClaimChanges['update'][number][] = [];
  const remove: ClaimChanges['remove'][number][] = [];
  const claimed: ClaimedAddress[] = [];
  const sorted = entries.map((entry) => ({ ...entry, name: claimName(entry.ip) }));
  for (const { claim, spec, taken, ip, name } of sorted.sort((a, b) => compareText(a.name, b.name))) {
    const at = { name, resourceVersion: claim?.metadata.resourceVersion ?? '' };
    const next = taken || spec.quarantinedUntil !== undefined ? spec : release(spec, now);
    if (!taken && isForgotten(next, rest)) {
      remove.push({ ...at, before: spec });
      continue;
    }
    if (claim === undefined) create.push({ name, spec });
    else if (next !== claim.spec) update.push({ ...at, spec: next, before: claim.spec });
    if (!taken && isAvailable(next, rest)) continue;
    const { holder, quarantinedUntil } = next;
    claimed.push({ ip, holder, ...(quarantinedUntil === undefined ? {} : { quarantinedUntil }) });
  }
  return { changes: { create, update, remove }, claimed };
}

function release(spec: EgressAddressClaimSpec, now: number): EgressAddressClaimSpec {
  return { ...spec, quarantinedUntil: formatTime(now + longestRestMs) };
}

// Its rest is over: no placement and no node has it any more.
function isAvailable({ address, holder, quarantinedUntil }: EgressAddressClaimSpec, rest: RestJudge): boolean {
  if (quarantinedUntil === undefined || rest.isPlaced(address)) return false;
  return !rest.isResting(restStart(quarantinedUntil), rest.mentionsGateway(holder.uid));
}

// The end of the longest rest is also the end of the time in which a Gateway that is made again finds its address.
function isForgotten({ address, quarantinedUntil }: EgressAddressClaimSpec, rest: RestJudge): boolean {
  if (quarantinedUntil === undefined || rest.isPlaced(address)) return false;
  return !rest.isResting(restStart(quarantinedUntil), true);
}

// The claim tells the end of its rest; the beginning is a fixed time before it.
function restStart(quarantinedUntil: string): number | undefined {
  const until = parseTime(quarantinedUntil);
  return until === undefined ? undefined : until - longestRestMs;
}
