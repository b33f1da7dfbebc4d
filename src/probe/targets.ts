import type { EgressPlacement } from '../api/kinds.ts';
import { digest } from '../compile/digest.ts';
import type { NodePlan } from '../compile/node-plan.ts';
import { probeAddresses, probedIdentities } from '../dataplane/desired/probe.ts';
import type { Family } from '../net/ip.ts';
import { parseTransit } from '../net/transit.ts';

/** One way out to be proved: an identity in one family. */
export interface Target {
  /** The same as long as it is the same way to the same address. */
  readonly key: string;
  readonly gatewayUid: string;
  /** For metrics and logs. */
  readonly gateway: { readonly namespace: string; readonly name: string };
  readonly family: Family;
  /** Of the identity: the UDP port that leads to it. */
  readonly port: number;
  readonly address: string;
  readonly sender: string;
  readonly reflector: string;
}

/** What a node has to prove, and what it has to answer others. */
export interface ProbeWish {
  readonly plan: Pick<NodePlan, 'node' | 'transit'>;
  /** 16 hex digits that agents know and tenants need not: what does not begin with it never reaches an agent. */
  readonly cookie: string;
  /** Of the tunnel, bytes. */
  readonly mtu: number;
  /** How many nodes may probe: decides the pace. */
  readonly nodes: number;
  readonly targets: readonly Target[];
}

/** What a plan means for its node's probe; undefined: it has neither a Gateway to prove nor may it own one. */
export function probeWish(input: {
  readonly plan: NodePlan;
  readonly placements: readonly EgressPlacement[];
  readonly clusterUid: string;
  readonly mtu: number;
  readonly nodes: number;
}): ProbeWish | undefined {
  const { plan, placements, clusterUid, mtu, nodes } = input;
  const targets = targetsOf(plan, placements);
  if (targets.length === 0 && plan.groups.every(({ vrrp }) => vrrp === undefined)) return undefined;
  const { node, transit } = plan;
  return { plan: { node, transit }, cookie: digest(`sallyport probe ${clusterUid}`).slice(0, 16), mtu, nodes, targets };
}

function targetsOf(plan: NodePlan, placements: readonly EgressPlacement[]): readonly Target[] {
  const transit = parseTransit(plan.transit.ipv4, plan.transit.ipv6);
  const probed = probedIdentities(plan);
  if (transit === undefined || probed.length === 0) return [];
  const holders = new Map(
    placements.flatMap(({ metadata, spec }) => spec.identities.map(({ id }) => [id, { metadata, spec }])),
  );
  return probed.flatMap(({ identity, families }) => {
    const holder = holders.get(identity.id);
    if (holder === undefined) return [];
    const { gateway } = holder.spec;
    return families.flatMap((family): Target[] => {
      const address = family === 4 ? identity.egress4 : identity.egress6;
      if (address === undefined) return [];
      return [
        {
          key: `${identity.id} ${address}`,
          ...{ gatewayUid: holder.metadata.name, gateway, family, port: identity.id, address },
          ...probeAddresses(transit, family, plan.node.index),
        },
      ];
    });
  });
}
