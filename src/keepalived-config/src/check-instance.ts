import { type Family, readAddress } from './address.ts';
import { checkRoute, checkRule } from './check-routing.ts';
import { type Found, findRepeated } from './found.ts';
import { familyOf, versionOf } from './instance-family.ts';
import type { VrrpInstance } from './model.ts';
import type { VirtualAddress } from './model-entries.ts';

/** What the fields of one virtual router say together; `path` is the instance's, the version that of global_defs. */
export function checkInstance(instance: VrrpInstance, path: string, globalVersion: 2 | 3): readonly Found[] {
  const relative = [
    ...checkRequired(instance),
    ...checkTimes(instance, versionOf(instance, globalVersion)),
    ...checkPreemption(instance),
    ...checkFamilies(instance),
    ...checkUnicast(instance),
    ...checkAddresses(instance),
    ...checkTrackedInterfaces(instance),
    ...checkVersion(instance, versionOf(instance, globalVersion)),
    ...(instance.virtualRoutes ?? []).flatMap((route, index) =>
      prefixed(`.virtualRoutes[${index}]`, checkRoute(route)),
    ),
    ...(instance.virtualRules ?? []).flatMap((rule, index) => prefixed(`.virtualRules[${index}]`, checkRule(rule))),
  ];
  return prefixed(path, relative);
}

function prefixed(path: string, found: readonly Found[]): readonly Found[] {
  return found.map((each) => ({ ...each, path: `${path}${each.path}` }));
}

function checkRequired({
  virtualRouterId,
  interface: device,
  unicastPeer,
  virtualIpaddress,
}: VrrpInstance): readonly Found[] {
  const found: Found[] = [];
  if (virtualRouterId === undefined)
    found.push({ path: '.virtualRouterId', message: 'virtual_router_id is missing: give 1..255' });
  if (device === undefined && unicastPeer === undefined)
    found.push({ path: '.interface', message: 'interface is missing: only unicast can do without' });
  if ((virtualIpaddress ?? []).length === 0)
    found.push({
      severity: 'warning',
      path: '.virtualIpaddress',
      message: 'there is no address in virtual_ipaddress: at least one is sensible',
    });
  return found;
}

/** VRRPv3 has 12 bits of centiseconds (RFC 5798 5.2.7), VRRPv2 8 bits of seconds (RFC 3768 5.3.7). */
function checkTimes({ advertInt }: VrrpInstance, version: 2 | 3): readonly Found[] {
  if (advertInt === undefined) return [];
  const path = '.advertInt';
  if (version === 3) {
    if (advertInt > 40.95)
      return [{ path, message: `${advertInt} is outside 0.01..40.95, the range of VRRP version 3` }];
    const steps = advertInt * 100;
    return Math.abs(steps - Math.round(steps)) > 1e-6
      ? [{ path, message: `${advertInt} is not a multiple of 0.01, as VRRP version 3 needs` }]
      : [];
  }
  return Number.isInteger(advertInt)
    ? []
    : [{ path, message: `${advertInt} is not a whole number, as VRRP version 2 needs: set version 3` }];
}

function checkPreemption({
  state,
  nopreempt,
  preempt,
  preemptDelay,
  accept,
  noAccept,
}: VrrpInstance): readonly Found[] {
  const found: Found[] = [];
  if (nopreempt && preempt)
    found.push({ path: '.preempt', message: 'nopreempt and preempt exclude each other: keep one' });
  if (accept && noAccept)
    found.push({ path: '.noAccept', message: 'accept and no_accept exclude each other: keep one' });
  if (nopreempt && state === 'MASTER')
    found.push({ path: '.nopreempt', message: 'nopreempt needs the state BACKUP: with MASTER keepalived drops it' });
  if (nopreempt && (preemptDelay ?? 0) > 0)
    found.push({ path: '.preemptDelay', message: 'preempt_delay has no meaning with nopreempt: remove one' });
  else if (state === 'MASTER' && (preemptDelay ?? 0) > 0)
    found.push({ path: '.preemptDelay', message: 'preempt_delay needs the state BACKUP' });
  return found;
}

function checkFamilies(instance: VrrpInstance): readonly Found[] {
  const family = familyOf(instance);
  const single = (['mcastSrcIp', 'mcastDstIp', 'unicastSrcIp'] as const).map(
    (field) => [`.${field}`, instance[field]] as const,
  );
  const peers = (instance.unicastPeer ?? []).map(
    ({ address }, index) => [`.unicastPeer[${index}].address`, address] as const,
  );
  const virtual = (instance.virtualIpaddress ?? []).map(
    ({ address }, index) => [`.virtualIpaddress[${index}].address`, address] as const,
  );
  return [...single, ...peers, ...virtual].flatMap(([path, address]) => {
    const own = address === undefined ? undefined : readAddress(address)?.family;
    if (own === undefined || own === family) return [];
    const advice = path.startsWith('.virtual')
      ? ': move it to virtual_ipaddress_excluded'
      : ': use one family for source, peers and addresses';
    return [{ path, message: `'${address}' is of family ${own}, but the instance speaks ${family}${advice}` }];
  });
}

function checkUnicast({ unicastPeer, unicastTtl, unicastSrcIp, mcastSrcIp }: VrrpInstance): readonly Found[] {
  const keys = (unicastPeer ?? []).map(({ address }) => readAddress(address)?.key);
  const source = unicastSrcIp === undefined ? undefined : readAddress(unicastSrcIp)?.key;
  const found: Found[] = findRepeated(keys).map(({ index }) => ({
    path: `.unicastPeer[${index}].address`,
    message: 'this peer is there twice',
  }));
  for (const [index, peer] of (unicastPeer ?? []).entries()) {
    if (source !== undefined && keys[index] === source)
      found.push({
        severity: 'warning',
        path: `.unicastPeer[${index}].address`,
        message: 'this peer is unicast_src_ip itself',
      });
    if ((peer.minTtl ?? 0) > (peer.maxTtl ?? 255))
      found.push({
        path: `.unicastPeer[${index}].minTtl`,
        message: 'min_ttl is greater than max_ttl, so that every advert is dropped',
      });
  }
  if (unicastTtl !== undefined && keys.length === 0)
    found.push({ path: '.unicastTtl', message: 'unicast_ttl has no meaning without unicast_peer' });
  if (unicastSrcIp !== undefined && mcastSrcIp !== undefined)
    found.push({ path: '.mcastSrcIp', message: 'mcast_src_ip and unicast_src_ip are the same setting: keep one' });
  return found;
}

function checkAddresses({ virtualIpaddress, virtualIpaddressExcluded }: VrrpInstance): readonly Found[] {
  const all = [
    ...(virtualIpaddress ?? []).map((entry, index) => [`.virtualIpaddress[${index}]`, entry] as const),
    ...(virtualIpaddressExcluded ?? []).map((entry, index) => [`.virtualIpaddressExcluded[${index}]`, entry] as const),
  ];
  const keys = all.map(([, { address, device }]) => {
    const read = readAddress(address);
    return read === undefined ? undefined : `${read.family} ${read.value} ${device ?? ''}`;
  });
  return [
    ...all.flatMap(([path, entry]) => prefixed(path, checkAddress(entry, readAddress(entry.address)?.family))),
    ...findRepeated(keys).map(({ index, first }) => ({
      path: `${all[index]?.[0]}.address`,
      message: `this address is at ${all[first]?.[0].slice(1)} already`,
    })),
  ];
}

function checkAddress(entry: VirtualAddress, family: Family | undefined): readonly Found[] {
  const found: Found[] = [];
  const peerFamily = entry.peer === undefined ? undefined : readAddress(entry.peer)?.family;
  if (peerFamily !== undefined && peerFamily !== family)
    found.push({ path: '.peer', message: 'the peer is of the other family' });
  if (entry.peer !== undefined && entry.broadcast !== undefined)
    found.push({ path: '.broadcast', message: 'broadcast and peer exclude each other' });
  if (family !== 'inet6') return found;
  for (const field of ['broadcast', 'scope', 'label'] as const) {
    if (entry[field] !== undefined) found.push({ path: `.${field}`, message: `${field} is for IPv4 only` });
  }
  return found;
}

function checkTrackedInterfaces({ interface: own, trackInterface }: VrrpInstance): readonly Found[] {
  return (trackInterface ?? []).flatMap(({ name }, index) =>
    name === own
      ? [
          {
            path: `.trackInterface[${index}].name`,
            message: `'${name}' is the instance's own interface, which is tracked anyway: leave it out`,
          },
        ]
      : [],
  );
}

function checkVersion(instance: VrrpInstance, version: 2 | 3): readonly Found[] {
  const found: Found[] = [];
  if (instance.version === 2 && familyOf(instance) === 'inet6')
    found.push({ path: '.version', message: 'IPv6 needs VRRP version 3' });
  if (instance.authentication !== undefined && version === 3)
    found.push({ path: '.authentication', message: 'VRRP version 3 has no authentication' });
  return found;
}
