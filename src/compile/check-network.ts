import type { EgressNetwork, EgressPlacementSpec } from '../api/kinds.ts';
import { canonicalIp, parseIp } from '../net/ip.ts';
import { checkAnnounce, placementBgp } from './check-bgp.ts';
import { checkSelector } from './check-selector.ts';
import type { FieldProblem } from './decision.ts';

/** Tables of the kernel (ip-route(8)), and of Sallyport: 1000, 1002 and one for each failover group from 1100 on. */
const takenTables: readonly (readonly [from: number, to: number])[] = [
  [0, 0],
  [253, 255],
  [1000, 1199],
];
// It goes into commands of nft and keepalived.conf.
const interfaceName = /^[A-Za-z0-9][-A-Za-z0-9_.@]{0,14}$/;

/** What is wrong with the networks of an EgressClass; the problem names the first bad field. */
export function checkNetworks(networks: readonly EgressNetwork[]): FieldProblem | undefined {
  for (const [index, network] of networks.entries()) {
    const at = (field: string, problem: string) => ({ field: `spec.networks[${index}].${field}`, problem });
    if (networks.findIndex((other) => other.name === network.name) !== index)
      return at('name', `${network.name} is used twice`);
    const problem = checkLink(network) ?? checkRoutes(network) ?? checkAnnounce(network, networks.slice(0, index));
    if (problem !== undefined) return at(...problem);
    const selector = checkSelector(network.nodeSelector);
    if (selector !== undefined) return at('nodeSelector', selector);
  }
  return undefined;
}

/** The network as placements tell it to agents. */
export function placementNetwork(network: EgressNetwork): EgressPlacementSpec['network'] {
  const { name, vlan, table } = network;
  const bgp = placementBgp(network);
  const [gateway4, gateway6] = [network.gateway4, network.gateway6].map((text) => canonicalIp(text ?? ''));
  return {
    name,
    ...(network.interface === undefined ? {} : { interface: network.interface }),
    ...(vlan === undefined ? {} : { vlan }),
    ...(table === undefined ? {} : { table }),
    ...(gateway4 === undefined ? {} : { gateway4 }),
    ...(gateway6 === undefined ? {} : { gateway6 }),
    ...(bgp === undefined ? {} : { bgp }),
  };
}

type Problem = readonly [field: string, problem: string];

function checkLink({ interface: name, vlan }: EgressNetwork): Problem | undefined {
  if (name !== undefined && !interfaceName.test(name)) return ['interface', `${name} is not an interface name`];
  if (vlan === undefined) return undefined;
  if (!Number.isInteger(vlan) || vlan < 1 || vlan > 4094) return ['vlan', `${vlan} is not one of 1..4094`];
  if (name === undefined) return ['interface', 'is needed with vlan'];
  return interfaceName.test(`${name}.${vlan}`)
    ? undefined
    : [
        'vlan',
        `${name}.${vlan} is longer than 15 characters; make the sub-interface yourself and name it in interface`,
      ];
}

function checkRoutes(network: EgressNetwork): Problem | undefined {
  const { routes = 'Main', table, gateway4, gateway6 } = network;
  if (routes !== 'Main' && network.interface === undefined) return ['interface', `is needed with routes: ${routes}`];
  if ((table !== undefined) !== (routes === 'Table'))
    return ['table', 'is needed with routes: Table, and refused without'];
  if (table !== undefined && takenTables.some(([from, to]) => table >= from && table <= to))
    return ['table', `${table} is the kernel's or Sallyport's own; take another`];
  if (routes === 'Own' && gateway4 === undefined && gateway6 === undefined)
    return ['gateway4', 'or gateway6 is needed with routes: Own'];
  for (const [field, text, family] of [['gateway4', gateway4, 4] as const, ['gateway6', gateway6, 6] as const]) {
    if (text === undefined) continue;
    if (routes !== 'Own') return [field, 'is refused without routes: Own'];
    if (parseIp(text)?.family !== family) return [field, `${text} is not an IPv${family} address`];
  }
  return undefined;
}
