import { deviceKey } from '../sysctl/model.ts';
import { devices } from './names.ts';

/**
 * Kernel settings that both hops need, by path below /proc/sys.
 * rp_filter is compared as what takes effect: the larger of `all` and the device's (ip-sysctl.rst).
 */
export function sysctlsOf(): ReadonlyMap<string, string> {
  const settings = new Map([
    ['net/ipv4/ip_forward', '1'],
    // A flow picked up in mid-stream has no window to judge by.
    ['net/netfilter/nf_conntrack_tcp_be_liberal', '1'],
    // 2 (the default) would leave flows born while no listener runs without events for ever.
    ['net/netfilter/nf_conntrack_events', '1'],
  ]);
  for (const device of Object.values(devices)) {
    // Loose: a device that holds a link address alone never has the reverse route of a packet from outside.
    settings.set(`net/ipv4/conf/${device}/rp_filter`, '2');
    settings.set(`net/ipv4/conf/${device}/forwarding`, '1');
    settings.set(`net/ipv4/conf/${device}/send_redirects`, '0');
  }
  // The check of a reply's source asks with the mark of what comes out of the tunnel (networks.ts).
  for (const device of [devices.tunnel, devices.localIn]) settings.set(`net/ipv4/conf/${device}/src_valid_mark`, '1');
  return settings;
}

/** What IPv6 on `names` needs where new devices are without it (`default/disable_ipv6`, as in Docker's containers), by path below /proc/sys. */
export function ipv6SysctlsOf(names: readonly string[] = Object.values(devices)): ReadonlyMap<string, string> {
  return new Map(names.map((device) => [deviceKey(6, device, 'disable_ipv6'), '0']));
}
