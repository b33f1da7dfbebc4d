import { untilNextSecond } from '../../lib/changes.ts';
import { listener, namespaceName, routeKind, routeName } from '../../lib/manifests.ts';
import { rangeAround } from '../../lib/ranges.ts';
import { startClusterRoute, startRoute } from '../../lib/routes.ts';
import { startTenant, type TenantFields } from '../../lib/tenants.ts';
import type { ConformanceTest, Scope } from '../../lib/test.ts';
import { expectSource, keepsSource, outside, plainSourceOf, untilSource } from '../../lib/traffic.ts';

const features = ['Gateway', 'EgressRoute', 'ClusterEgressRoute'] as const;
const needs = ['traffic'] as const;
const both = { allowedRoutes: { kinds: [routeKind('EgressRoute'), routeKind('ClusterEgressRoute')] } };

export const clusterRoutes: readonly ConformanceTest[] = [
  {
    name: 'ClusterEgressRouteSource',
    description:
      'A ClusterEgressRoute gives the Pods of the namespaces that it selects the address of its Gateway, and no others.',
    features,
    needs,
    run: async (scope) => {
      const { team, platform, member } = await startDefault(scope, {});
      const stranger = await startTenant(scope, { gateways: {}, labels: { team: 'another' } });
      const plain = await plainSourceOf(scope, stranger.at('pod'));
      await startClusterRoute(scope, team, { parent: platform.at('gateway'), rules: forTeam(team) });
      await expectSource(scope, member.at('pod'), { source: platform.addresses[0] ?? '' });
      await keepsSource(scope, stranger.at('pod'), { source: plain });
    },
  },
  {
    name: 'ClusterEgressRouteNamespaceLabels',
    description:
      'A namespace that gains the labels of a ClusterEgressRoute is selected from then on, and one that loses them no longer.',
    features,
    needs,
    run: async (scope) => {
      const { team, platform, member } = await startDefault(scope, {});
      const plain = await plainSourceOf(scope, member.at('pod'));
      await startClusterRoute(scope, team, { parent: platform.at('gateway'), rules: forTeam(team) });
      const source = platform.addresses[0] ?? '';
      await expectSource(scope, member.at('pod'), { source });
      const name = namespaceName(member.namespace);
      await scope.world.api.patch(name, { metadata: { labels: { team: null } } });
      await untilSource(scope, member.at('pod'), { source: plain });
      await scope.world.api.patch(name, { metadata: { labels: { team } } });
      await untilSource(scope, member.at('pod'), { source });
    },
  },
  {
    name: 'ClusterEgressRoutePodSelector',
    description: 'namespaceSelector and podSelector of a match are ANDed.',
    features,
    needs,
    run: async (scope) => {
      const { team, platform, member } = await startDefault(scope, {
        pods: { chosen: { labels: { app: 'shop' } }, pod: {} },
      });
      const plain = await plainSourceOf(scope, member.at('pod'));
      const [rule] = forTeam(team);
      const matches = [{ ...rule.matches[0], podSelector: { matchLabels: { app: 'shop' } } }];
      await startClusterRoute(scope, team, { parent: platform.at('gateway'), rules: [{ matches }] });
      await expectSource(scope, member.at('chosen'), { source: platform.addresses[0] ?? '' });
      await keepsSource(scope, member.at('pod'), { source: plain });
    },
  },
  {
    name: 'ClusterEgressRouteYields',
    description:
      'A ClusterEgressRoute yields to every EgressRoute that matches, even with a longer prefix and a greater age; when that goes it is back.',
    features,
    needs,
    run: async (scope) => {
      const { team, platform, member } = await startDefault(scope, { gateways: { own: {} } });
      const host = { destinations: [{ cidr: rangeAround(outside(scope)[0], 32) }] };
      const [rule] = forTeam(team);
      const rules = [{ matches: [{ ...rule.matches[0], ...host }] }];
      await startClusterRoute(scope, team, { parent: platform.at('gateway'), rules });
      const [own = ''] = member.addresses;
      const [source = ''] = platform.addresses;
      await expectSource(scope, member.at('pod'), { source });
      await startRoute(scope, member.at('route'), { parent: { name: 'own' } });
      await expectSource(scope, member.at('pod'), { source: own });
      await scope.remove(routeName(member.at('route')));
      await untilSource(scope, member.at('pod'), { source });
    },
  },
  {
    name: 'ClusterEgressRouteTenantDefault',
    description:
      'Of two ClusterEgressRoutes with equal prefixes the one with namespaceSelector wins, though the other is older: a tenant has a default of its own within that of the cluster.',
    features,
    needs,
    run: async (scope) => {
      const team = scope.uniqueName();
      const listeners = [listener(both)];
      // The label keeps the default for the cluster to this test's Pods.
      const [platform, member] = await Promise.all([
        startTenant(scope, { pods: {}, gateways: { cluster: { listeners }, tenant: { listeners } } }),
        startTenant(scope, { pods: { pod: { labels: { team } } }, gateways: {}, labels: { team } }),
      ]);
      const [cluster = '', tenant = ''] = platform.addresses;
      const podSelector = { matchLabels: { team } };
      const rules = [{ matches: [{ podSelector }] }];
      await startClusterRoute(scope, `${team}-all`, { parent: platform.at('cluster'), rules });
      await expectSource(scope, member.at('pod'), { source: cluster });
      await untilNextSecond(scope);
      const narrower = [{ matches: [{ podSelector, namespaceSelector: { matchLabels: { team } } }] }];
      await startClusterRoute(scope, team, { parent: platform.at('tenant'), rules: narrower });
      await untilSource(scope, member.at('pod'), { source: tenant });
    },
  },
];

const forTeam = (team: string) => [{ matches: [{ namespaceSelector: { matchLabels: { team } } }] }] as const;

/** A platform with a Gateway for both kinds of route, and a namespace of a team with a Pod and no Gateway. */
async function startDefault(scope: Scope, fields: TenantFields) {
  const team = scope.uniqueName();
  const [platform, member] = await Promise.all([
    startTenant(scope, { pods: {}, gateways: { gateway: { listeners: [listener(both)] } } }),
    startTenant(scope, { gateways: {}, ...fields, labels: { team } }),
  ]);
  return { team, platform, member };
}
