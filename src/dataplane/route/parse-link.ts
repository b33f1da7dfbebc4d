import { canonicalIp } from '../../net/ip.ts';
import { isJson, type Json, numberOf, textOf } from './json.ts';
import type { Link, LinkAddress } from './model.ts';

/** One device of `ip -d -j addr` as a link of ours, `other` if it is none that we make; undefined without a name. */
export function parseLink(json: Json): Link | undefined {
  const name = textOf(json['ifname']);
  const mac = textOf(json['address'])?.toLowerCase() ?? '';
  const mtu = numberOf(json['mtu']) ?? 0;
  const info = isJson(json['linkinfo']) ? json['linkinfo'] : {};
  const data = isJson(info['info_data']) ? info['info_data'] : {};
  if (name === undefined) return undefined;
  const flags = Array.isArray(json['flags']) ? json['flags'] : [];
  const common = { name, mac, mtu, up: flags.includes('UP') };
  const peer = textOf(json['link']);
  if (info['info_kind'] === 'veth' && peer !== undefined) return { ...common, kind: 'veth', peer };
  const vni = numberOf(data['id']);
  const port = numberOf(data['port']);
  // A device that learns is not one that we made.
  if (info['info_kind'] !== 'vxlan' || vni === undefined || port === undefined || data['learning'] !== false) {
    return { ...common, kind: 'other' };
  }
  const local = canonicalIp(textOf(data['local']) ?? textOf(data['local6']) ?? '');
  return { ...common, kind: 'vxlan', vni, port, ...(local === undefined ? {} : { local }) };
}

/** The addresses of one device of `ip -d -j addr`, without the link-local IPv6 ones that the kernel makes itself (/64). */
export function parseAddresses(json: Json): readonly LinkAddress[] {
  const device = textOf(json['ifname']);
  const infos = Array.isArray(json['addr_info']) ? json['addr_info'].filter(isJson) : [];
  return infos.flatMap((info) => {
    const ip = canonicalIp(textOf(info['local']) ?? '');
    const length = numberOf(info['prefixlen']);
    const scope = scopeOf(info['scope']);
    if (device === undefined || ip === undefined || length === undefined || scope === undefined) return [];
    return ip.startsWith('fe80:') && length === 64 ? [] : [{ device, address: `${ip}/${length}`, scope }];
  });
}

// By name or, with -N, by number (linux/rtnetlink.h).
function scopeOf(scope: unknown): LinkAddress['scope'] | undefined {
  if (scope === 'link' || scope === '253') return 'link';
  if (scope === 'host' || scope === '254') return 'host';
  return scope === 'global' || scope === '0' ? 'global' : undefined;
}
