import { check, Skip } from '../../lib/failure.ts';
import { accepted, addressOf, programmed, untilGateway } from '../../lib/gateways.ts';
import { readNodes } from '../../lib/pods.ts';
import { eventually, found, missed } from '../../lib/poll.ts';
import { startTenant, startTenantRoute, type Tenant } from '../../lib/tenants.ts';
import type { ConformanceTest, Scope } from '../../lib/test.ts';
import { expectSource, sourceOf } from '../../lib/traffic.ts';

export const failover: readonly ConformanceTest[] = [
  {
    name: 'NodeCrash',
    description:
      'Whichever node dies, the Pods on the others soon leave with the same address again, and never with another one meanwhile.',
    features: ['Gateway', 'EgressRoute', 'GatewayEgressFailover'],
    needs: ['traffic', 'faults'],
    alone: true,
    run: async (scope) => {
      const { faults } = scope.world;
      const nodes = (await readNodes(scope)).slice(0, 3);
      if (faults === undefined || nodes.length < 3)
        throw new Skip(`three nodes are needed, and there are ${nodes.length}`);
      // Whichever node owns the address, a Pod elsewhere sees its death; the other Gateway is there to be mixed up with.
      const pods = Object.fromEntries(nodes.map((node) => [`on-${node}`, { node }]));
      const tenant = await startTenant(scope, { pods, gateways: { gateway: {}, other: {} } });
      await startTenantRoute(scope, tenant);
      const [source = ''] = tenant.addresses;
      for (const name of Object.keys(pods)) await expectSource(scope, tenant.at(name), { source });
      for (const node of nodes) {
        const elsewhere = nodes.filter((other) => other !== node).map((other) => `on-${other}`);
        await faults.crash(node);
        try {
          for (const pod of elsewhere) await untilSourceIsBack(scope, tenant, { source, node, pod });
        } finally {
          await faults.heal(node);
        }
        await untilGateway(scope, tenant.at('gateway'), accepted, programmed);
        for (const pod of elsewhere) await untilSourceIsBack(scope, tenant, { source, node, pod });
      }
      const after = await addressOf(scope, tenant.at('gateway'));
      check(after === source, { expected: source, seen: after, where: 'status.addresses of the Gateway' });
    },
  },
];

/** Nothing may arrive for a while; what arrives has the right source. */
async function untilSourceIsBack(
  scope: Scope,
  tenant: Tenant,
  { source, node, pod }: { readonly source: string; readonly node: string; readonly pod: string },
): Promise<void> {
  const where = `TCP of Pod ${tenant.namespace}/${pod}, with ${node} crashed or just back`;
  await eventually(scope, { expected: `source ${source}`, where, within: scope.timeouts.failover }, async () => {
    const seen = await sourceOf(scope, tenant.at(pod));
    check(seen === undefined || seen === source, {
      expected: `source ${source} or nothing`,
      seen: `source ${seen}`,
      where,
    });
    return seen === undefined ? missed('nothing arrived') : found(undefined);
  });
}
