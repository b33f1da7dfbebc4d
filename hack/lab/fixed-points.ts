/** Addresses and names that every lab has: written in README.md, relied upon by samples, tests and users. */

/** An external network: a bridge that every node has an interface on, with the server that is reached over it. */
export interface ExternalNetwork {
  /** 1 is the nodes' own network. */
  readonly index: number;
  readonly name: string;
  readonly bridge: string;
  /** The nodes' interface on it. */
  readonly interface: string;
  /** The first three octets, and the IPv6 prefix (/64) without its last part. */
  readonly prefix4: string;
  readonly prefix6: string;
  /** Ranges that the server answers for, too: behind it as their router. */
  readonly beyond: readonly string[];
  readonly server: OutsideServer;
}

export interface OutsideServer {
  /** Name of the server and of its network namespace. */
  readonly name: string;
  readonly address4: string;
  readonly address6: string;
  /** Takes what is sent to any other address or port (outside-rules.ts). */
  readonly second4: string;
  readonly second6: string;
}

export const maxNodes = 89; // .11 … .99: the pool of config/samples/lab starts at .100
export const maxNetworks = 4;

export const routerAddress = { ipv4: '192.0.2.1', ipv6: '2001:db8:2::1' } as const;
export const apiAddress = { ipv4: '192.0.2.2', ipv6: '2001:db8:2::2' } as const;
export const apiPort = 6443;
/** Of the kubelets, which the lab plays. */
export const kubeletPort = 10_250;
/** The last part of the prober's address on each network: who asks on the wire which node answers (owner.ts). */
export const proberSuffix = 3;
/** The last part of the thief's own address. */
export const thiefSuffix = 4;

/** A second way to `outside`, on the nodes' network too: nobody uses it who is not told to. */
export const secondRouterAddress = { ipv4: '192.0.2.5', ipv6: '2001:db8:2::5' } as const;

/** The routers' sides of their links to `outside`: not of the ranges that `outside` takes for its own. */
export const outsideRouterAddress = { ipv4: '169.254.51.1', ipv6: 'fe80::1' } as const;
export const secondOutsideRouterAddress = { ipv4: '169.254.52.1', ipv6: 'fe80::2' } as const;
/** The DNS server, one of the addresses that `outside` answers for; names in dns-records.ts. */
export const dnsAddress = { ipv4: '198.51.100.53', ipv6: '2001:db8:51::53' } as const;
/** What `outside` answers for. */
export const outsideRanges4 = ['198.51.100.0/24', '203.0.113.0/24'] as const;
export const outsideRanges6 = ['2001:db8:51::/64'] as const;

/** TCP and UDP; the protocol is in outside-server.ts. */
export const serverPort = 8080;

export const clusterRange4 = '10.244.0.0/16';
export const clusterRange6 = 'fd00:10:244::/48';
export const serviceRange4 = '10.96.0.0/16';
/** Where nodes have IPv6 alone. */
export const serviceRange6 = 'fd00:10:96::/112';

/** What only nodes may see: addresses of Pods (which no CNI but `routed` lets out), of Services, and of the gateway hop (EgressCluster's defaults). */
export const innerRanges4 = [clusterRange4, serviceRange4, '198.18.0.0/15'] as const;
export const innerRanges6 = [clusterRange6, serviceRange6, 'fd5a:11:9f::/48'] as const;

const nodeNetwork: ExternalNetwork = {
  index: 1,
  name: 'default',
  bridge: 'br-default',
  interface: 'eth0',
  prefix4: '192.0.2',
  prefix6: '2001:db8:2:',
  beyond: [],
  server: {
    name: 'outside',
    address4: '198.51.100.10',
    address6: '2001:db8:51::10',
    second4: '198.51.100.11',
    second6: '2001:db8:51::11',
  },
};

function partnerNetwork(index: number): ExternalNetwork {
  const name = index === 2 ? 'partner' : `partner-${index}`;
  const prefix4 = `172.30.${index - 2}`;
  const prefix6 = `2001:db8:${28 + index}:`;
  return {
    index,
    name,
    bridge: `br-${name}`,
    interface: `eth${index - 1}`,
    prefix4,
    prefix6,
    beyond: [`172.31.${index - 2}.0/24`, `2001:db8:${128 + index}::/64`],
    server: {
      name,
      address4: `${prefix4}.10`,
      address6: `${prefix6}:10`,
      second4: `${prefix4}.9`,
      second6: `${prefix6}:9`,
    },
  };
}

/** The first `count` external networks: the nodes' own, `partner` (172.30.0.0/24), `partner-3` (172.30.1.0/24), … */
export function externalNetworks(count: number): readonly [ExternalNetwork, ...ExternalNetwork[]] {
  return [nodeNetwork, ...Array.from({ length: count - 1 }, (_, i) => partnerNetwork(i + 2))];
}
