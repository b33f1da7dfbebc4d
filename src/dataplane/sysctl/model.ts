/** Path below /proc/sys, e.g. `net/ipv4/ip_forward` → value, single spaces between its words. */
export type Sysctls = ReadonlyMap<string, string>;

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

/**
 * The reverse path filter that counts for a device: the greater of `all` and its own (kernel: ip-sysctl, rp_filter).
 * 0 none, 1 strict, 2 loose. `arp_ignore` is combined likewise.
 */
export function effectiveMaximum(observed: ObservedSysctls, device: string, setting: string): number {
  const read = (name: string) => Number(observed.get(deviceKey(4, name, setting)) ?? 0);
  return Math.max(read('all'), read(device));
}
