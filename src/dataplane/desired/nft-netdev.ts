import type { NodePlan } from '../../compile/node-plan.ts';
import { mayOwnTunnel6 } from '../../compile/outer.ts';
import { gatewayMac } from '../../net/mac.ts';
import type { NftMap, NftTable } from '../nft/model.ts';
import { devices, hex, lookUpMark, markOf, marksOf, tableName, undecidedMac } from './names.ts';
import { mapWithRoom } from './room.ts';

/**
 * The table `netdev sallyport`: on its way into the tunnel a packet's mark becomes the Gateway's MAC, on its way out the MAC
 * becomes the mark (dataplane.md §1). The egress hook needs kernel 5.16.
 */
export function netdevTable(plan: NodePlan): NftTable {
  const marks = marksOf(plan.marks.mask);
  const entries = plan.identities.map(({ id }) => [String(markOf(marks, id)), gatewayMac(id)] as const);
  // With a mark VXLAN keeps no route (docs/design/0015). Only here: to the nodes' own addresses the way does not change.
  const lookUp = mayOwnTunnel6(plan)
    ? ` meta mark set meta mark & ${hex(~marks.id)} | ${hex(lookUpMark(marks))} accept`
    : '';
  return {
    family: 'netdev',
    name: tableName,
    counters: [],
    sets: [],
    maps: macMaps(entries).map(mapWithRoom),
    chains: [
      {
        name: 'into_tunnel',
        base: {
          type: 'filter',
          hook: 'egress',
          priority: 0,
          policy: 'accept',
          devices: [devices.tunnel],
        },
        rules: [
          `ether daddr ${undecidedMac} ether daddr set meta mark & ${hex(marks.id)} map @gateway_mac${lookUp}`,
          // The outer packet keeps the mark and would be steered into the tunnel once more.
          `meta mark set meta mark & ${hex(~marks.id)}`,
        ],
      },
      {
        name: 'out_of_tunnel',
        base: {
          type: 'filter',
          hook: 'ingress',
          priority: -500,
          policy: 'accept',
          devices: [devices.localOut, devices.tunnel],
        },
        rules: [
          // The kernel takes what goes to an address of its own straight back out of the tunnel, with the route and the conntrack entry
          // of its first hop. Crossing the pair takes both off (docs/design/0012).
          `iifname "${devices.tunnel}" ether saddr ${plan.node.mac} fwd to "${devices.localIn}"`,
          `meta mark set meta mark & ${hex(~marks.id)}`,
          // To the device a Gateway's MAC is somebody else's: without `pkttype host` the stack would drop the frame.
          'meta mark set ether daddr map @gateway_mark meta pkttype set host',
        ],
      },
    ],
  };
}

function macMaps(entries: readonly (readonly [mark: string, mac: string])[]): NftMap[] {
  return [
    { name: 'gateway_mac', key: ['mark'], value: 'ether_addr', flags: [], elements: entries },
    {
      name: 'gateway_mark',
      key: ['ether_addr'],
      value: 'mark',
      flags: [],
      elements: entries.map(([mark, mac]) => [mac, mark]),
    },
  ];
}
