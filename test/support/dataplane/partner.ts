import type { EgressPlacement } from '../../../src/api/kinds.ts';
import { addNamespace, tool } from '../netns.ts';
import { startEchoServer } from './exchange.ts';
import { inside, watchArrivals } from './network.ts';
import { owner, standby, type TestNode } from './places.ts';
import { advertMilliseconds, type ClusterState } from './program.ts';

/** A second network, which the candidates alone are connected to: a server on it, which is also its router to `beyond`. */
export const partner = {
  name: 'partner',
  device: 'eth1',
  router: '172.30.0.10',
  router6: '2001:db8:30::10',
  beyond: '172.31.0.10',
  beyond6: '2001:db8:31::10',
} as const;

/** The Gateway of group 2 that is on it; it selects the label `gateway: gp`. */
export const partnerGateway = { id: 1025, ipv4: '172.30.0.100', ipv6: '2001:db8:30::100' } as const;
const tunnelAddress = '198.19.255.242';

export type Network = Omit<EgressPlacement['spec']['network'], 'name'>;
export const ownRoutes = { gateway4: partner.router, gateway6: partner.router6 } as const;

/** The state with that Gateway, on the network as it is described. */
export function withPartner(state: ClusterState, network: Network = ownRoutes): ClusterState {
  const placement = {
    uid: 'gp',
    ...partnerGateway,
    advertMilliseconds,
    candidates: [owner.name, standby.name],
    network: { name: 'partner', interface: partner.device, ...network },
  };
  return {
    ...state,
    rules: { ...state.rules, gp: [{ podSelector: { matchLabels: { gateway: 'gp' } } }] },
    more: [placement],
  };
}

/** Plugs the candidates in and starts the server; strict rp_filter there, as everywhere. */
export async function buildPartner(): Promise<void> {
  tool('ip', ['link', 'add', 'lan2', 'type', 'bridge']);
  tool('ip', ['link', 'set', 'lan2', 'addrgenmode', 'none', 'up']);
  addNamespace(partner.name);
  plug(partner.name, 'eth0');
  ip(partner.name, [
    `addr add ${partner.router}/24 dev eth0`,
    `addr add ${partner.router6}/64 dev eth0 nodad`,
    `addr add ${partner.beyond}/32 dev lo`,
    `addr add ${partner.beyond6}/128 dev lo nodad`,
  ]);
  watchArrivals(partner.name);
  for (const node of [owner, standby]) plugIn(node);
  await startEchoServer(partner.name, [partner.router, partner.router6, partner.beyond, partner.beyond6]);
}

/** Connects a candidate to it. */
export function plugIn(node: TestNode): void {
  plug(node.name, partner.device);
  ip(node.name, [
    `addr add 172.30.0.${node.index + 10}/24 dev ${partner.device}`,
    `addr add 2001:db8:30::${node.index + 10}/64 dev ${partner.device} nodad`,
    `addr add fe80::${node.index}/64 dev ${partner.device} nodad`,
  ]);
}

/** What keepalived does on the node that becomes owner of the Gateway's group. */
export function makePartnerOwner(node: TestNode): void {
  const run = inside(node.name);
  run('ip', ['addr', 'add', `${tunnelAddress}/32`, 'dev', 'eth0']);
  run('ip', ['addr', 'add', `${partnerGateway.ipv4}/32`, 'dev', partner.device]);
  run('ip', ['addr', 'add', `${partnerGateway.ipv6}/128`, 'dev', partner.device, 'nodad', 'preferred_lft', '0']);
}

function plug(namespace: string, device: string): void {
  const port = `q-${namespace}`;
  tool('ip', ['link', 'add', port, 'type', 'veth', 'peer', 'name', device, 'netns', namespace]);
  tool('ip', ['link', 'set', port, 'addrgenmode', 'none', 'master', 'lan2', 'up']);
  ip(namespace, [`link set ${device} addrgenmode none`, `link set ${device} up`]);
}

function ip(namespace: string, lines: readonly string[]): void {
  tool('ip', ['-n', namespace, '-batch', '-'], `${lines.join('\n')}\n`);
}
