import { check, Skip } from '../../lib/failure.ts';
import { accepted, addressOf, programmed, untilGateway } from '../../lib/gateways.ts';
import { readNodes, startPod } from '../../lib/pods.ts';
import { eventually, found, missed } from '../../lib/poll.ts';
import { startTenant, startTenantRoute, type Tenant } from '../../lib/tenants.ts';
import type { ConformanceTest, Scope } from '../../lib/test.ts';
import { expectSource, sourceOf } from '../../lib/traffic.ts';

export const failover: readonly ConformanceTest[] = [
  {
    name: 'NodeCrash',
    description:
      'Whichever other node dies, a Pod soon leaves with the same address again, and never with another one meanwhile.',
    features: ['Gateway', 'EgressRoute', 'GatewayEgressFailover'],
    needs: ['traffic', 'faults'],
    alone: true,
    run: async (scope) => {
      const { faults } = scope.world;
      const [home, ...others] = await readNodes(scope);
      if (faults === undefined || home === undefined || others.length < 2)
        throw new Skip(`three nodes are needed, and there are ${others.length + 1}`);
      const tenant = await startTenant(scope, { pods: {} });
      await startPod(scope, tenant.at('pod'), { node: home });
      await startTenantRoute(scope, tenant);
      const [source = ''] = tenant.addresses;
      await expectSource(scope, tenant.at('pod'), { source });
      for (const node of others) {
        await faults.crash(node);
        try {
          await untilSourceIsBack(scope, tenant, { source, node });
        } finally {
          await faults.heal(node);
        }
        await untilGateway(scope, tenant.at('gateway'), accepted, programmed);
        await untilSourceIsBack(scope, tenant, { source, node });
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
  { source, node }: { readonly source: string; readonly node: string },
): Promise<void> {
  const where = `TCP of Pod ${tenant.namespace}/pod, with ${node} crashed or just back`;
  await eventually(scope, { expected: `source ${source}`, where, within: scope.timeouts.failover }, async () => {
    const seen = await sourceOf(scope, tenant.at('pod'));
    check(seen === undefined || seen === source, {
      expected: `source ${source} or nothing`,
      seen: `source ${seen}`,
      where,
    });
    return seen === undefined ? missed('nothing arrived') : found(undefined);
  });
}
