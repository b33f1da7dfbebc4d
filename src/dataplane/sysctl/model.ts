/** Path below /proc/sys, e.g. `net/ipv4/ip_forward` → value. */
export type SysctlValues = ReadonlyMap<string, string>;

/** What was read: undefined where the kernel has no such setting (a module or a device is missing). */
export type ObservedSysctls = ReadonlyMap<string, string | undefined>;

/** One setting that is not as wanted; `from` is undefined when it does not exist. */
export interface SysctlChange {
  readonly key: string;
  readonly from: string | undefined;
  readonly to: string;
}

/** The key of a device's own setting; `all` and `default` are devices, too. Throws RangeError for what is no device name. */
export function deviceKey(family: 4 | 6, device: string, setting: string): string {
  if (!/^[^\s/]{1,15}$/.test(device) || device === '.' || device === '..') {
    throw new RangeError(`"${device}" is not the name of a device`);
  }
  return `net/ipv${family}/conf/${device}/${setting}`;
}

const combined = /^(net\/ipv4\/conf\/)[^/]+(\/(?:rp_filter|arp_ignore|arp_announce))$/;

/** The key of `all` for a device's setting of which the kernel takes the greater of the two (ip-sysctl.rst); else undefined. */
export function overridingKey(key: string): string | undefined {
  const match = combined.exec(key);
  return match === null ? undefined : `${match[1]}all${match[2]}`;
}

/** What takes effect for a key: the greater of `all` and the device's own where the kernel combines them, else its value. */
export function effectiveValue(observed: ObservedSysctls, key: string): string | undefined {
  const own = observed.get(key);
  const all = observed.get(overridingKey(key) ?? '');
  return own === undefined || all === undefined ? own : String(Math.max(Number(own), Number(all)));
}
