import type { RouteOwnership } from './model.ts';
import { routeProtocol } from './model.ts';

/**
 * Whether a line of `ip monitor link address route rule neigh netconf` (iproute2 ≥ 6.1) may be about something of ours: one of our
 * devices, a route or rule with our protocol, a rule at one of our preferences. Neighbours of other devices, which come and
 * go all day, are not, and neither are the kernel's own probes (multicast, and states that are not permanent).
 */
export function concernsUs(line: string, owned: RouteOwnership): boolean {
  const text = line.replace(/^Deleted /, '');
  const rule = /^(\d+):\tfrom /.exec(text);
  if (rule !== null) return owned.priorities.includes(Number(rule[1])) || hasOurProtocol(text);
  const device = /^\d+: ([^\s:@]+)/.exec(text)?.[1] ?? / dev (\S+)/.exec(text)?.[1];
  if (hasOurProtocol(text)) return true;
  if (device === undefined || !owned.devices.includes(device)) return false;
  return !/ proto kernel | table local /.test(text) && !/^ff[0-9a-f]{2}:/.test(text);
}

/** Whether the line is about a link itself: `3: egress0: <BROADCAST,…> mtu …`, perhaps after `Deleted`. */
export function isLinkLine(line: string): boolean {
  return /^(Deleted )?\d+: [^\s]+: </.test(line);
}

/**
 * Whether the line is about a setting of ours that somebody wrote, `inet all rp_filter strict`: of IPv4 the kernel tells forwarding and
 * rp_filter (NETCONFA_*), one by one; what a new device begins with comes as one line of all.
 */
export function isSettingLine(line: string, owned: RouteOwnership): boolean {
  const device = /^inet (\S+) (?:rp_filter|forwarding) \w+ *$/.exec(line)?.[1];
  return device === 'all' || (device !== undefined && owned.devices.includes(device));
}

function hasOurProtocol(text: string): boolean {
  return new RegExp(` proto ${routeProtocol}( |$)`).test(text);
}
