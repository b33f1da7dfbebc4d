/** The fixed points of a test cluster: node-1 is no candidate, node-2 owns, node-3 stands by. */
export interface TestNode {
  readonly name: string;
  readonly index: number;
  readonly ip: string;
  readonly ip6: string;
  readonly podRange: string;
  readonly podRange6: string;
}

export interface PodPlace {
  readonly name: string;
  readonly node: TestNode;
  readonly ip: string;
  readonly ip6: string;
}

function testNode(index: number): TestNode {
  return {
    name: `node-${index}`,
    index,
    ip: `192.0.2.${10 + index}`,
    ip6: `2001:db8:2::${10 + index}`,
    podRange: `10.244.${index}.0/24`,
    podRange6: `fd00:10:244:${index}::/64`,
  };
}

export const third = testNode(1);
export const owner = testNode(2);
export const standby = testNode(3);
export const nodes: readonly TestNode[] = [third, owner, standby];

/** The server's address is behind the router that the nodes know; both are one namespace. */
export const outside = {
  name: 'outside',
  router: '192.0.2.1',
  router6: '2001:db8:2::1',
  ip: '198.51.100.10',
  ip6: '2001:db8:51::10',
} as const;

/** Group 1 with two Gateways: `gw` selects the label `gateway: gw`, `gx` likewise. */
export const gateways = {
  gw: { id: 513, ipv4: '192.0.2.100', ipv6: '2001:db8:2::100' },
  gx: { id: 514, ipv4: '192.0.2.101', ipv6: '2001:db8:2::101' },
} as const;
export const tunnelAddress = '198.19.255.241';
/** Of the same group, where nodes tunnel by IPv6. */
export const tunnelAddress6 = 'fd5a:11:9f:ffff::1';

/** The `n`th pod of a node. */
export function podPlace(name: string, node: TestNode, n: number): PodPlace {
  return { name, node, ip: `10.244.${node.index}.${10 + n}`, ip6: `fd00:10:244:${node.index}::${10 + n}` };
}
