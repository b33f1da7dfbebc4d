import { type Family, readAddress } from './address.ts';
import type { KeepalivedConfig, VrrpInstance } from './model.ts';

/** The family a virtual router speaks: that of the first address it is given; undefined when it has none. */
export function familyOf(instance: VrrpInstance): Family | undefined {
  const first = [
    instance.nativeIpv6 === true ? '::' : undefined,
    instance.mcastSrcIp,
    instance.mcastDstIp,
    instance.unicastSrcIp,
    ...(instance.unicastPeer ?? []).map(({ address }) => address),
    ...(instance.virtualIpaddress ?? []).map(({ address }) => address),
  ];
  for (const text of first) {
    const family = text === undefined ? undefined : readAddress(text)?.family;
    if (family !== undefined) return family;
  }
  return undefined;
}

/** The version of VRRP that instances speak unless they say otherwise: that of global_defs, or 2. */
export function readGlobalVersion(config: KeepalivedConfig): 2 | 3 {
  const versions = config.blocks.flatMap((block) =>
    block.kind === 'global_defs' && block.vrrpVersion !== undefined ? [block.vrrpVersion] : [],
  );
  return versions.at(-1) ?? 2;
}

/** The version of VRRP that an instance speaks: its own, or the global one; IPv6 always speaks 3. */
export function versionOf(instance: VrrpInstance, globalVersion: 2 | 3): 2 | 3 {
  return familyOf(instance) === 'inet6' ? 3 : (instance.version ?? globalVersion);
}
