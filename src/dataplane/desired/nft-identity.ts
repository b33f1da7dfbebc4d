import { createMemo } from '../../compile/memo.ts';
import type { NodePlan, PlanIdentity } from '../../compile/node-plan.ts';
import type { Family } from '../../net/ip.ts';
import type { NftChain, NftMap } from '../nft/model.ts';
import { pairsOf } from '../replication/pair.ts';
import {
  counters,
  elsewhereCounter,
  hex,
  type Marks,
  markOf,
  receivedCounter,
  receivedMap,
  sentCounter,
} from './names.ts';
import { strangerChain, wayBackMissing } from './nft-fence.ts';

// Marks may be written only under the mask, and nft writes a masked mark only from constants: hence one chain per identity
// and purpose, reached through a map by id, instead of one rule with a map of values.

/** Chains of the identities: `id_N` gives a new flow its mark, `keep_N` marks a known one, `enter_N` moves the tunnel's mark to the flow. */
export function identityChains(plan: IdentityPlan, marks: Marks): readonly NftChain[] {
  const { identities, groups, node, tunnel } = plan;
  return chainsOf(identities, [groups, node.name, tunnel.port, marks.id], () => newIdentityChains(plan, marks));
}

type IdentityPlan = Pick<NodePlan, 'identities' | 'groups' | 'node' | 'tunnel'>;
// There may be 1,500 of them, and the next plan has them again.
const chainsOf = createMemo<readonly PlanIdentity[], readonly NftChain[]>();

function newIdentityChains(plan: IdentityPlan, marks: Marks): readonly NftChain[] {
  const replicated = new Set(pairsOf(plan).map(({ group }) => group));
  const ownable = ownableGroups(plan);
  const rest = hex(~marks.id);
  return plan.identities.flatMap(({ id, group }) => {
    const mark = hex(markOf(marks, id));
    const setMeta = `meta mark set meta mark & ${rest} | ${mark}`;
    const setFlow = `ct mark set ct mark & ${rest} | ${mark}`;
    return [
      // NAT is decided by a flow's first packet: one that is confirmed, or that conntrack does not follow, would leave with its old source.
      {
        name: `id_${id}`,
        rules: [
          `ct state { invalid, untracked } counter name "${counters.slipped}" drop`,
          `ct status confirmed counter name "${counters.slipped}" drop`,
          setMeta,
          setFlow,
          'accept',
        ],
      },
      // Also a packet of a known flow may be another Pod's.
      { name: `keep_${id}`, rules: [`${wayBackMissing} jump ${strangerChain}`, setMeta, 'accept'] },
      {
        name: `enter_${id}`,
        // Two events per flow that is replicated instead of one per state: it lasts, it ended.
        rules: [
          // The pod hop has ended the flow that had this source port, and this node does not know: its translation is another Gateway's.
          `ct status confirmed ct mark & ${hex(marks.id)} != ${mark} counter name "${counters.slipped}" drop`,
          ...(replicated.has(group) ? ['ct state new ct event set assured,destroy'] : []),
          setFlow,
          // The one rule that all that leaves by the identity meets, and nothing else: to count there costs the counting alone.
          `${ownable.has(group) ? `counter name "${sentCounter(id)}" ` : ''}meta mark set meta mark & ${rest}`,
        ],
      },
    ];
  });
}

/** Names of the counters that a node has for its identities: those of the groups that it can own. */
export function identityCounters(plan: NodePlan): readonly string[] {
  const ownable = ownableGroups(plan);
  const own = plan.identities.filter(({ group }) => ownable.has(group));
  return [elsewhereCounter, ...own.flatMap(({ id }) => [sentCounter(id), receivedCounter(id)])];
}

/** From every egress address of the cluster to what counts its packets: `fence` asks this map in the place of a set, so that counting costs no look-up. */
export function receivedMapOf(plan: NodePlan, family: Family): NftMap {
  const ownable = ownableGroups(plan);
  const own = new Map(
    plan.identities.flatMap(({ id, group, egress4, egress6 }) => {
      const address = family === 4 ? egress4 : egress6;
      return address === undefined || !ownable.has(group) ? [] : [[address, receivedCounter(id)] as const];
    }),
  );
  const all = plan.egressAddresses.filter((address) => address.includes(':') === (family === 6));
  return {
    name: `${receivedMap}${family}`,
    key: [family === 4 ? 'ipv4_addr' : 'ipv6_addr'],
    value: 'counter',
    flags: [],
    elements: [...new Set([...all, ...own.keys()])].map((address) => [address, own.get(address) ?? elsewhereCounter]),
  };
}

function ownableGroups({ groups }: Pick<NodePlan, 'groups'>): ReadonlySet<number> {
  return new Set(groups.flatMap(({ group, vrrp }) => (vrrp === undefined ? [] : [group])));
}

/** The maps that lead from a mark to these chains. */
export function identityMaps(identities: readonly PlanIdentity[], marks: Marks): NftMap[] {
  const toChain = (prefix: string): NftMap => ({
    name: prefix,
    key: ['mark'],
    value: 'verdict',
    flags: [],
    elements: identities.map(({ id }) => [String(markOf(marks, id)), `goto ${prefix}_${id}`] as const),
  });
  return [toChain('keep'), toChain('enter')];
}
