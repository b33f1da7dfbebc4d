import { describe, expect, test } from 'vitest';
import type { NodePlan, PlanProfile } from '../../../../src/compile/node-plan.ts';
import { probedIdentities, withProbe } from '../../../../src/dataplane/desired/probe.ts';

const identity = (id: number, fields: object = {}) => ({
  id,
  group: id >> 9,
  egress4: `192.0.2.${id % 512}`,
  ...fields,
});
const leads = (id: number) => ({ kind: 'identity' as const, id });
const port = (id: number) => ({ protocol: 'UDP', port: id, endPort: id, verdict: leads(id) });
/** To 514 where no port decides, to 513 by one. */
const profile: PlanProfile = {
  name: 'p',
  destinations: [{ from: '0.0.0.0', to: '255.255.255.255', decision: 'd' }],
  decisions: [
    { name: 'd', ports: [{ protocol: 'TCP', port: 443, endPort: 443, verdict: leads(513) }], rest: leads(514) },
  ],
};
const plan: NodePlan = {
  node: { name: 'node-1', index: 1, mac: '02:ec:00:00:00:01' },
  tunnel: { vni: 4096, port: 8479 },
  transit: { ipv4: '198.18.0.0/15', ipv6: 'fd5a:11:9f::/48' },
  marks: { mask: 0x1fff },
  podStart: 'Hold',
  podRanges: [],
  clusterRanges: ['10.244.0.0/16'],
  egressAddresses: [],
  tunnelAddresses: [],
  nodeAddresses: [],
  groups: [],
  peers: [],
  judged: [],
  identities: [identity(513, { egress6: '2001:db8:2::1' }), identity(514), identity(515)],
  profiles: [profile],
  pods: [{ address: '10.244.1.10', profile: 'p' }],
};

describe('withProbe', () => {
  test('adds one Pod whose ports lead to the identities that Pods here leave with, and to no other', () => {
    const { profiles, pods } = withProbe(plan);
    expect(profiles.at(-1)).toEqual({
      name: 'probe',
      destinations: [
        { from: '198.19.255.240', to: '198.19.255.240', decision: 'probe4' },
        { from: 'fd5a:11:9f:ffff::', to: 'fd5a:11:9f:ffff::', decision: 'probe6' },
      ],
      decisions: [
        { name: 'probe4', ports: [port(513), port(514)] },
        { name: 'probe6', ports: [port(513)] },
      ],
    });
    expect(pods).toEqual([
      ...plan.pods,
      { address: '198.18.0.1', profile: 'probe' },
      { address: 'fd5a:11:9f:1::1', profile: 'probe' },
    ]);
  });

  test('changes nothing else of the plan, and nothing at all where no Pod is selected', () => {
    const { profiles: _, pods: __, ...rest } = withProbe(plan);
    const { profiles: ___, pods: ____, ...before } = plan;
    expect(rest).toEqual(before);
    const idle = { ...plan, profiles: [], pods: [] };
    expect(withProbe(idle)).toBe(idle);
  });

  test('a family whose reflector lies in the cluster ranges is not probed: it would never be judged', () => {
    const inside = { ...plan, clusterRanges: ['fd00::/8'] };
    expect(probedIdentities(inside).map(({ families }) => families)).toEqual([[4], [4]]);
    expect(probedIdentities({ ...inside, clusterRanges: ['198.18.0.0/15', 'fd00::/8'] })).toEqual([]);
  });
});
