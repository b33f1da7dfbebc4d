/** A router with FRR's zebra, bgpd and bfdd (Debian's `frr`), started in a network namespace by `startScript`, without systemd and its users. */
export interface FrrRouter {
  /** Of its own, for sockets and logs. */
  readonly folder: string;
  readonly asn: number;
  /** IPv4, the router's own id. */
  readonly id: string;
  /** From where it takes sessions: CIDRs. */
  readonly listen: readonly string[];
  readonly remoteAsn: number;
}

const bgpd = ({ asn, id, listen, remoteAsn }: FrrRouter) => `router bgp ${asn}
 bgp router-id ${id}
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 neighbor nodes peer-group
 neighbor nodes remote-as ${remoteAsn}
 neighbor nodes bfd 3 100 100
${listen.map((range) => ` bgp listen range ${range} peer-group nodes`).join('\n')}
 address-family ipv4 unicast
  neighbor nodes activate
 address-family ipv6 unicast
  neighbor nodes activate
`;

/**
 * A script for `sh` that starts it in the namespace that it runs in. FRR wants to be of the group frrvty, which a user namespace of one
 * user does not have: in a mount namespace of its own it is root's.
 */
export function startScript(router: FrrRouter): string {
  const { folder } = router;
  const common = `-d -u root -g root -z ${folder}/zserv.api --vty_socket ${folder}`;
  const daemon = (name: string, more: string) =>
    `/usr/lib/frr/${name} ${common} -i ${folder}/${name}.pid --log file:${folder}/${name}.log ${more}`;
  return `set -e
mkdir -p ${folder}
cat > ${folder}/bgpd.conf <<'END'
${bgpd(router)}END
: > ${folder}/zebra.conf
: > ${folder}/bfdd.conf
{ grep -v ^frrvty: /etc/group; echo frrvty:x:0:root; } > ${folder}/group
exec unshare --mount sh -ec '
mount --bind ${folder}/group /etc/group
${daemon('zebra', `-f ${folder}/zebra.conf`)}
${daemon('bfdd', `-f ${folder}/bfdd.conf --bfdctl ${folder}/bfdd.sock`)}
${daemon('bgpd', `-f ${folder}/bgpd.conf`)}
'`;
}

/** Asks it, `vtysh -c`. */
export function vtysh({ folder }: Pick<FrrRouter, 'folder'>, ...commands: readonly string[]): readonly string[] {
  return ['vtysh', '--vty_socket', folder, ...commands.flatMap((command) => ['-c', command])];
}

/** Nodes' addresses that a route's paths lead to, the best first, of what `show bgp … json` prints of a prefix. */
export function pathsOf(json: string): readonly string[] {
  const parsed = JSON.parse(json) as { readonly paths?: readonly Path[] };
  const best = (path: Path) => (path.bestpath?.overall === true ? 0 : 1);
  const paths = (parsed.paths ?? []).toSorted((a, b) => best(a) - best(b));
  return paths.map(({ peer }) => peer?.peerId ?? '');
}

interface Path {
  readonly bestpath?: { readonly overall?: boolean };
  readonly peer?: { readonly peerId?: string };
}
