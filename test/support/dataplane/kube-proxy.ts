/** What kube-proxy 1.35 writes on a node, in the form of its mode, for the Services that tests use. */

export interface ProxyTarget {
  /** Virtual address and port; absent: a node port. */
  readonly address?: string;
  readonly port: number;
  readonly endpoint: string;
  /** Packets get an address of the node: externalTrafficPolicy Cluster. */
  readonly masquerade?: true;
}

const podRange = '10.244.0.0/16';

/** `iptables-nft-restore --noflush` of mode iptables: marks 0x4000, a chain per Service, INVALID dropped in FORWARD. */
export function renderProxyIptables(targets: readonly ProxyTarget[]): string {
  const each = (render: (target: ProxyTarget, n: number, protocol: string) => string) =>
    targets.flatMap((target, n) => ['tcp', 'udp'].map((protocol) => render(target, n, protocol)));
  const chains = targets.flatMap((_, n) => [`:KUBE-SVC-${n} - [0:0]`, `:KUBE-SEP-${n} - [0:0]`]);
  return [
    '*nat',
    ...['SERVICES', 'NODEPORTS', 'POSTROUTING', 'MARK-MASQ'].map((name) => `:KUBE-${name} - [0:0]`),
    ...chains,
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
    '-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000',
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000',
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    ...each(({ address, port }, n, protocol) =>
      address === undefined
        ? `-A KUBE-NODEPORTS -p ${protocol} --dport ${port} -j KUBE-SVC-${n}`
        : `-A KUBE-SERVICES -d ${address}/32 -p ${protocol} --dport ${port} -j KUBE-SVC-${n}`,
    ),
    '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    ...targets.flatMap(({ endpoint, masquerade }, n) => [
      masquerade === true ? `-A KUBE-SVC-${n} ! -s ${podRange} -j KUBE-MARK-MASQ` : '',
      `-A KUBE-SVC-${n} -j KUBE-SEP-${n}`,
      `-A KUBE-SEP-${n} -s ${hostOf(endpoint)}/32 -j KUBE-MARK-MASQ`,
    ]),
    ...each(
      ({ endpoint }, n, protocol) =>
        `-A KUBE-SEP-${n} -p ${protocol} -m ${protocol} -j DNAT --to-destination ${endpoint}`,
    ),
    'COMMIT',
    '*filter',
    ':KUBE-FORWARD - [0:0]',
    '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
    '-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT',
    '-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    'COMMIT',
    '',
  ]
    .filter((line, at, all) => line !== '' || at === all.length - 1)
    .join('\n');
}

/** `nft -f` of mode nftables: verdict maps by address and port, the same mark. */
export function renderProxyNft(targets: readonly ProxyTarget[]): string {
  const elements = (isNodePort: boolean) =>
    targets
      .flatMap(({ address, port }, n) =>
        (address === undefined) === isNodePort
          ? ['tcp', 'udp'].map(
              (protocol) => `${isNodePort ? '' : `${address} . `}${protocol} . ${port} : goto service-${n}`,
            )
          : [],
      )
      .join(', ');
  return `table ip kube-proxy {
  chain mark-for-masquerade {
    meta mark set meta mark | 0x4000
  }
  chain masquerading {
    meta mark & 0x4000 == 0 return
    meta mark set meta mark ^ 0x4000
    masquerade fully-random
  }
${targets.map(serviceChain).join('')}  map service-ips {
    type ipv4_addr . inet_proto . inet_service : verdict
    elements = { ${elements(false)} }
  }
  map service-nodeports {
    type inet_proto . inet_service : verdict
    elements = { ${elements(true)} }
  }
  chain services {
    ip daddr . meta l4proto . th dport vmap @service-ips
    fib daddr type local meta l4proto . th dport vmap @service-nodeports
  }
  chain nat-prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    jump services
  }
  chain nat-output {
    type nat hook output priority -100; policy accept;
    jump services
  }
  chain nat-postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    jump masquerading
  }
}
`;
}

function serviceChain({ endpoint, masquerade }: ProxyTarget, n: number): string {
  const [host, port] = [hostOf(endpoint), endpoint.slice(hostOf(endpoint).length + 1)];
  return `  chain service-${n} {
    ${masquerade === true ? `ip saddr != ${podRange} jump mark-for-masquerade` : `ip saddr ${host} jump mark-for-masquerade`}
    meta l4proto { tcp, udp } dnat to ${host}:${port}
  }
`;
}

const hostOf = (endpoint: string): string => endpoint.split(':')[0] ?? '';
