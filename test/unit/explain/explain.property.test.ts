import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Pod } from '../../../src/api/pod.ts';
import { selectPlan } from '../../../src/compile/select.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { explain } from '../../../src/explain/explain.ts';
import { parseIp } from '../../../src/net/ip.ts';
import { settleAll } from '../../support/apply-plan.ts';
import { snapshotArbitrary } from '../../support/compile-arbitrary.ts';
import { egressClass, gateway, meta, node, pool } from '../../support/objects.ts';
import { verdictIn } from '../../support/precedence-oracle.ts';

const packet = fc.record({
  destination: fc.constantFrom('203.0.113.1', '203.0.113.200', '198.51.100.1', '2001:db8:9::1'),
  transport: fc.constantFrom(
    { protocol: 'TCP' as const, port: 443 },
    { protocol: 'UDP' as const, port: 53 },
    { protocol: 'TCP' as const, port: 8080 },
  ),
});
const podIn = (namespace: string): Pod => ({
  metadata: meta(`${namespace}/pod`, { labels: { app: 'a' } }),
  spec: { nodeName: 'node-9' },
  status: { phase: 'Running', podIPs: ['10.244.9.9'] },
});

/** What the plan of a node that has this Pod alone does with the packet. */
function plannedFor(snapshot: Snapshot, pod: Pod, sent: Parameters<typeof verdictIn>[1]): string {
  const { plan } = selectPlan({
    cluster: snapshot.cluster ?? { metadata: meta('default'), spec: {} },
    classes: snapshot.egressClasses,
    node: {
      metadata: meta('node-9'),
      spec: { uid: 'uid-node-9', index: 9, addresses: ['192.0.2.19'], tunnelMAC: '02:ec:00:00:00:09' },
    },
    pods: [pod],
    namespaces: snapshot.namespaces,
    ruleSets: snapshot.ruleSets,
    placements: snapshot.placements,
    nodes: [],
  });
  const [profile] = plan.profiles;
  const verdict = profile === undefined ? undefined : verdictIn(profile, sent);
  if (verdict === undefined) return 'untouched';
  if (verdict.kind !== 'identity') return 'dropped';
  const identity = plan.identities.find(({ id }) => id === verdict.id);
  return `as ${sent.destination.includes(':') ? identity?.egress6 : identity?.egress4}`;
}

/** Half of the snapshots quarrel too much for any packet to leave: here there are candidates, and routes attach. */
function peaceful(start: Snapshot): Snapshot {
  const gateways = ['a', 'b'].map((name) => gateway(`a/${name}`));
  const parentOf = (index: number) => [{ namespace: 'a', name: index % 2 === 0 ? 'a' : 'b' }];
  const attach = <Route extends Snapshot['routes'][number] | Snapshot['clusterRoutes'][number]>(
    each: Route,
    index: number,
  ): Route => ({ ...each, spec: { ...each.spec, parentRefs: parentOf(index) } });
  return {
    ...start,
    ...{ gateways, claims: [], pools: [pool('lab', ['192.0.2.100-192.0.2.102', '2001:db8::/126'])] },
    nodes: [node('node-1', '192.0.2.11'), node('node-2', '192.0.2.12')],
    routes: start.routes.map(attach),
    clusterRoutes: start.clusterRoutes.map(attach),
  };
}

test('says of every packet what the plan of its node does with it', () => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(
      snapshotArbitrary,
      fc.constantFrom('a', 'b', 'c', 'd'),
      packet,
      fc.boolean(),
      fc.boolean(),
      (random, space, sent, isIsolated, isPeaceful) => {
        const start = isPeaceful ? peaceful(random) : random;
        const isolation = { namespaceSelector: {} };
        const before = isIsolated ? { ...start, egressClasses: [egressClass({ isolation })] } : start;
        const { snapshot } = settleAll(before, ['node-9']);
        const pod = podIn(space);
        const namespace = snapshot.namespaces.find(({ metadata }) => metadata.name === space);
        const destination = parseIp(sent.destination);
        if (namespace === undefined || destination === undefined) throw new Error('unreachable');
        const { outcome, source, gateway } = explain(snapshot, { pod, namespace, destination, ...sent.transport });
        outcomes.add(outcome);
        const planned = plannedFor(snapshot, pod, sent);
        // That nobody owns the addresses is beyond what a node's plan can say.
        const said = source === undefined ? outcome : `as ${source}`;
        expect(said).toBe(planned);
        if (source !== undefined) expect(outcome).toBe(gateway?.owner === undefined ? 'dropped' : 'leaves');
      },
    ),
    { numRuns: 300 },
  );
  expect([...outcomes].sort()).toEqual(['dropped', 'leaves', 'untouched']);
});
