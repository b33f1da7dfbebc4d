import type { PodContainer } from './pod.ts';

/** What containerd 2 and Docker give a container that asks for nothing. */
const usual = [
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'NET_RAW'],
  ...['SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
];

/**
 * The capabilities of a container as setpriv(1) names them (`net_admin,net_raw`), sorted; `none`; `all` where it is privileged. Of its user the lab
 * knows nothing: all are root.
 */
export function capabilitiesOf({ securityContext = {} }: PodContainer): string {
  if (securityContext.privileged === true) return 'all';
  const plain = (name: string) => name.toUpperCase().replace(/^CAP_/, '');
  const { add = [], drop = [] } = securityContext.capabilities ?? {};
  if (add.some((name) => plain(name) === 'ALL')) return 'all';
  const dropped = new Set(drop.map(plain));
  const kept = dropped.has('ALL') ? [] : usual.filter((name) => !dropped.has(name));
  const all = [...new Set([...kept, ...add.map(plain)])].sort();
  return all.length === 0 ? 'none' : all.join(',').toLowerCase();
}
