import type { Wanted } from './select-files.ts';

/** Debian's names of the processors that images are built for, and Node's and the multiarch folder's. */
export const architectures = {
  amd64: { node: 'x64', libraries: 'x86_64-linux-gnu' },
  arm64: { node: 'arm64', libraries: 'aarch64-linux-gnu' },
} as const;
export type Architecture = keyof typeof architectures;

/** The packages whose programs the processes start; what they depend on is found by apt and pinned in `debian-lock.json`. */
export const debianPackages = [
  'base-files',
  'bird2',
  'conntrack',
  'conntrackd',
  'iproute2',
  'iputils-arping',
  'keepalived',
  'libstdc++6',
  'netbase',
  'nftables',
  'util-linux',
] as const;

/**
 * What of them is in the image: the programs that `src` starts, and data that they read. No shell: nothing in here runs a script.
 * No `/etc/ssl`: Node brings its own list of authorities.
 */
export const debianFiles: Wanted = {
  programs: [
    ...['/usr/sbin/bird', '/usr/sbin/conntrack', '/usr/sbin/conntrackd', '/usr/sbin/keepalived', '/usr/sbin/nft'],
    ...['/bin/ip', '/sbin/bridge', '/usr/bin/arping', '/usr/bin/nsenter', '/usr/bin/unshare'],
  ],
  files: [
    // nft's names of protocols: without it `udp` is a number in what it prints.
    '/etc/protocols',
    // By these scanners tell which distribution's advisories count.
    '/etc/os-release',
    '/etc/debian_version',
  ],
  // The licences that the packages' own files point to; iproute2's names of tables and protocols.
  folders: ['/usr/share/common-licenses', '/etc/iproute2'],
};
