import type { Match } from '../../lib/manifests.ts';
import { startTenant, startTenantRoute } from '../../lib/tenants.ts';
import type { ConformanceTest, Scope } from '../../lib/test.ts';
import { echoPort, expectSource, plainSourceOf, type Way } from '../../lib/traffic.ts';

const features = ['Gateway', 'EgressRoute', 'EgressRoutePorts'] as const;
const needs = ['traffic'] as const;

export const ports: readonly ConformanceTest[] = [
  {
    name: 'EgressRoutePort',
    description: 'A match with a port concerns packets to that port and of that protocol, TCP by default.',
    features,
    needs,
    run: (scope) =>
      expectPorts(scope, [{ port: echoPort + 1 }], {
        matched: [{ port: echoPort + 1 }],
        unmatched: [{ port: echoPort }, { port: echoPort + 1, protocol: 'UDP' }],
      }),
  },
  {
    name: 'EgressRoutePortRange',
    description:
      'A match with port and endPort concerns packets to the ports from the one to the other, both included.',
    features,
    needs,
    run: (scope) =>
      expectPorts(scope, [{ protocol: 'TCP', port: echoPort + 1, endPort: echoPort + 2 }], {
        matched: [{ port: echoPort + 1 }, { port: echoPort + 2 }],
        unmatched: [{ port: echoPort }, { port: echoPort + 3 }],
      }),
  },
  {
    name: 'EgressRouteProtocol',
    description: 'A match with a protocol alone concerns all its ports and no other protocol.',
    features,
    needs,
    run: (scope) =>
      expectPorts(scope, [{ protocol: 'UDP' }], {
        matched: [{ protocol: 'UDP' }, { protocol: 'UDP', port: echoPort + 3 }],
        unmatched: [{ protocol: 'TCP' }],
      }),
  },
  {
    name: 'EgressRoutePortsOred',
    description: 'Ports of a match are ORed.',
    features,
    needs,
    run: (scope) =>
      expectPorts(scope, [{ port: echoPort + 1 }, { protocol: 'UDP', port: echoPort + 2 }], {
        matched: [{ port: echoPort + 1 }, { protocol: 'UDP', port: echoPort + 2 }],
        unmatched: [{ port: echoPort + 2 }, { protocol: 'UDP', port: echoPort + 1 }],
      }),
  },
];

async function expectPorts(
  scope: Scope,
  list: NonNullable<Match['ports']>,
  ways: { readonly matched: readonly Way[]; readonly unmatched: readonly Way[] },
): Promise<void> {
  const tenant = await startTenant(scope);
  const plain = await plainSourceOf(scope, tenant.at('pod'));
  await startTenantRoute(scope, tenant, { rules: [{ matches: [{ ports: list }] }] });
  for (const way of ways.matched)
    await expectSource(scope, tenant.at('pod'), { source: tenant.addresses[0] ?? '', ...way });
  for (const way of ways.unmatched) await expectSource(scope, tenant.at('pod'), { source: plain, ...way });
}
