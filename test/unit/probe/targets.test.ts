import { describe, expect, test } from 'vitest';
import type { EgressPlacement } from '../../../src/api/kinds.ts';
import type { NodePlan } from '../../../src/compile/node-plan.ts';
import { probeWish } from '../../../src/probe/targets.ts';

const plan: NodePlan = {
  node: { name: 'node-1', index: 1, mac: '02:ec:00:00:00:01' },
  tunnel: { vni: 4096, port: 8479 },
  transit: { ipv4: '198.18.0.0/15', ipv6: 'fd5a:11:9f::/48' },
  marks: { mask: 0x1fff },
  podStart: 'Hold',
  podRanges: [],
  clusterRanges: [],
  egressAddresses: [],
  tunnelAddresses: [],
  nodeAddresses: [],
  groups: [{ group: 1, candidates: [] }],
  identities: [{ id: 513, group: 1, egress4: '192.0.2.100', egress6: '2001:db8:2::100' }],
  peers: [],
  profiles: [
    {
      name: 'p',
      destinations: [{ from: '0.0.0.0', to: '255.255.255.255', decision: 'd' }],
      decisions: [{ name: 'd', ports: [], rest: { kind: 'identity', id: 513 } }],
    },
  ],
  pods: [],
  judged: [],
};
const placement = {
  metadata: { name: 'uid-1' },
  spec: { gateway: { namespace: 'shop', name: 'partners' }, identities: [{ id: 513 }] },
} as unknown as EgressPlacement;
const input = { plan, placements: [placement], clusterUid: 'c', mtu: 1450, nodes: 3 };

describe('probeWish', () => {
  test('a target for each family of each identity, named by its Gateway', () => {
    const common = { gatewayUid: 'uid-1', gateway: { namespace: 'shop', name: 'partners' }, port: 513 };
    expect(probeWish(input)?.targets).toEqual([
      {
        ...{ ...common, key: '513 192.0.2.100', family: 4, address: '192.0.2.100' },
        ...{ sender: '198.18.0.1', reflector: '198.19.255.240' },
      },
      {
        ...{ ...common, key: '513 2001:db8:2::100', family: 6, address: '2001:db8:2::100' },
        ...{ sender: 'fd5a:11:9f:1::1', reflector: 'fd5a:11:9f:ffff::' },
      },
    ]);
  });

  test('all nodes of a cluster know the same cookie, another cluster another', () => {
    const other = { ...plan, node: { ...plan.node, name: 'node-2', index: 2 } };
    expect(probeWish(input)?.cookie).toMatch(/^[0-9a-f]{16}$/);
    expect(probeWish({ ...input, plan: other })?.cookie).toBe(probeWish(input)?.cookie);
    expect(probeWish({ ...input, clusterUid: 'd' })?.cookie).not.toBe(probeWish(input)?.cookie);
  });

  test('a candidate without Pods answers, a node that is neither has no probe', () => {
    const idle = { ...plan, profiles: [] };
    expect(probeWish({ ...input, plan: idle })).toBeUndefined();
    const vrrp = { virtualRouterId: 1, priority: 200, advertMilliseconds: 100, preempt: false, egressAddresses: [] };
    const candidate = { ...idle, groups: [{ group: 1, candidates: [], vrrp }] };
    expect(probeWish({ ...input, plan: candidate })?.targets).toEqual([]);
  });
});
