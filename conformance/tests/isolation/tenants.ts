import { readObject, staysUntouched } from '../../lib/changes.ts';
import { check } from '../../lib/failure.ts';
import { createGateway, startGateway, statusAddresses, untilGateway } from '../../lib/gateways.ts';
import { clusterRouteName, gatewayName, listener, openListener, type Rule, routeName } from '../../lib/manifests.ts';
import { conditionOf } from '../../lib/read.ts';
import { createClusterRoute, createRoute, notAllowed, startRoute, untilParent } from '../../lib/routes.ts';
import { startTenant, startTenantRoute } from '../../lib/tenants.ts';
import type { ConformanceTest } from '../../lib/test.ts';
import { expectSource, keepsSource, plainSourceOf, untilSource } from '../../lib/traffic.ts';

const features = ['Gateway', 'EgressRoute'] as const;
const needs = ['traffic'] as const;
const shop = { labels: { app: 'shop' } };
const selectShop: readonly Rule[] = [{ matches: [{ podSelector: { matchLabels: { app: 'shop' } } }] }];

export const isolation: readonly ConformanceTest[] = [
  {
    name: 'RouteOfOwnNamespace',
    description:
      "A route selects Pods of its own namespace alone, never those with the same labels elsewhere, nor those of its Gateway's namespace.",
    features,
    needs,
    run: async (scope) => {
      const pods = { pod: shop };
      const [owner, guest, neighbour] = await Promise.all([
        startTenant(scope, { pods, gateways: { gateway: { listeners: [openListener()] } } }),
        startTenant(scope, { pods, gateways: {} }),
        startTenant(scope, { pods, gateways: {} }),
      ]);
      const plain = [];
      for (const tenant of [owner, neighbour])
        plain.push({ pod: tenant.at('pod'), source: await plainSourceOf(scope, tenant.at('pod')) });
      await startRoute(scope, guest.at('route'), { parent: owner.at('gateway'), rules: selectShop });
      await expectSource(scope, guest.at('pod'), { source: owner.addresses[0] ?? '' });
      for (const { pod, source } of plain) await keepsSource(scope, pod, { source });
    },
  },
  {
    name: 'RefusedRouteChangesNothing',
    description:
      "A route that no listener allows changes nothing for its Pods, nor for those of the Gateway's namespace.",
    features,
    needs,
    run: async (scope) => {
      const [owner, stranger] = await Promise.all([startTenant(scope), startTenant(scope, { gateways: {} })]);
      const plain = await plainSourceOf(scope, stranger.at('pod'));
      await startTenantRoute(scope, owner);
      const at = stranger.at('route');
      await createRoute(scope, at, { parents: [owner.at('gateway')] });
      await untilParent(scope, { route: routeName(at), parent: owner.at('gateway') }, notAllowed);
      await keepsSource(scope, stranger.at('pod'), { source: plain });
      await expectSource(scope, owner.at('pod'), { source: owner.addresses[0] ?? '' });
    },
  },
  {
    name: 'SharedGateway',
    description:
      'Namespaces that share a Gateway leave with its address; the end of one route leaves the other namespace as it is.',
    features,
    needs,
    run: async (scope) => {
      const [owner, first, second] = await Promise.all([
        startTenant(scope, { pods: {}, gateways: { gateway: { listeners: [openListener()] } } }),
        startTenant(scope, { gateways: {} }),
        startTenant(scope, { gateways: {} }),
      ]);
      const [source = ''] = owner.addresses;
      for (const tenant of [first, second])
        await startRoute(scope, tenant.at('route'), { parent: owner.at('gateway') });
      for (const tenant of [first, second]) await expectSource(scope, tenant.at('pod'), { source });
      await scope.remove(routeName(first.at('route')));
      await keepsSource(scope, second.at('pod'), { source });
    },
  },
  {
    name: 'TenantsApart',
    description:
      'Tenants with Gateways of their own, alike in every name, leave with their own addresses; deleting all of one does not touch the other.',
    features,
    needs,
    run: async (scope) => {
      const tenants = await Promise.all([
        startTenant(scope, { pods: { pod: shop } }),
        startTenant(scope, { pods: { pod: shop } }),
      ]);
      for (const tenant of tenants) await startTenantRoute(scope, tenant, { rules: selectShop });
      for (const tenant of tenants) await expectSource(scope, tenant.at('pod'), { source: tenant.addresses[0] ?? '' });
      const [gone, other] = tenants;
      await scope.remove(gatewayName(gone.at('gateway')));
      await scope.remove(routeName(gone.at('route')));
      await keepsSource(scope, other.at('pod'), { source: other.addresses[0] ?? '' });
    },
  },
  {
    name: 'FreedAddressIsNotMixedUp',
    description:
      'A Gateway made when another one was deleted never lets out Pods of that one, whatever address it has.',
    features,
    needs,
    run: async (scope) => {
      const [old, young] = await Promise.all([startTenant(scope), startTenant(scope, { gateways: {} })]);
      const plain = await plainSourceOf(scope, old.at('pod'));
      await startTenantRoute(scope, old);
      await scope.remove(gatewayName(old.at('gateway')));
      await startGateway(scope, young.at('gateway'));
      await startTenantRoute(scope, young);
      const { addresses } = { addresses: statusAddresses(await readObject(scope, gatewayName(young.at('gateway')))) };
      await expectSource(scope, young.at('pod'), { source: addresses[0] ?? '' });
      await untilSource(scope, old.at('pod'), { source: plain });
      await keepsSource(scope, old.at('pod'), { source: plain });
    },
  },
  {
    name: 'BrokenNeighbours',
    description:
      'Refused Gateways and routes do not touch a good one next to them: its status is not written and its Pods keep their address.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope);
      await startTenantRoute(scope, tenant);
      const [source = ''] = tenant.addresses;
      await createGateway(scope, tenant.at('bad-listener'), { listeners: [listener({ protocol: 'HTTP', port: 80 })] });
      await createGateway(scope, tenant.at('bad-address'), {
        addresses: [{ type: 'conformance.sallyport.dev/Unknown', value: 'x' }],
      });
      await createRoute(scope, tenant.at('missing'), { parents: [{ name: 'nobody' }] });
      const unmatched = { name: 'gateway', sectionName: 'unknown' };
      await createRoute(scope, tenant.at('unmatched'), { parents: [unmatched] });
      await untilGateway(scope, tenant.at('bad-listener'), { type: 'Accepted', status: 'False' });
      await untilGateway(scope, tenant.at('bad-address'), { type: 'Accepted', status: 'False' });
      const noMatch = { type: 'Accepted', status: 'False', reason: 'NoMatchingParent' } as const;
      await untilParent(scope, { route: routeName(tenant.at('unmatched')), parent: unmatched }, noMatch);
      await staysUntouched(scope, routeName(tenant.at('route')));
      await expectSource(scope, tenant.at('pod'), { source });
      const gateway = await readObject(scope, gatewayName(tenant.at('gateway')));
      const isWell =
        conditionOf(gateway.status, 'Programmed')?.status === 'True' && statusAddresses(gateway).includes(source);
      check(isWell, { expected: `Programmed with ${source}`, seen: JSON.stringify(gateway.status), where: 'status' });
    },
  },
  {
    name: 'ClusterEgressRouteNotAllowedChangesNothing',
    description:
      "A ClusterEgressRoute to a Gateway whose listeners do not list its kind takes no Pods, not even those of the Gateway's namespace.",
    features: [...features, 'ClusterEgressRoute'],
    needs,
    run: async (scope) => {
      const team = scope.uniqueName();
      const tenant = await startTenant(scope, {
        labels: { team },
        gateways: { gateway: { listeners: [openListener()] } },
      });
      const plain = await plainSourceOf(scope, tenant.at('pod'));
      const rules = [{ matches: [{ namespaceSelector: { matchLabels: { team } } }] }];
      await createClusterRoute(scope, team, { parents: [tenant.at('gateway')], rules });
      await untilParent(scope, { route: clusterRouteName(team), parent: tenant.at('gateway') }, notAllowed);
      await keepsSource(scope, tenant.at('pod'), { source: plain });
    },
  },
];
