import { routeName } from '../../lib/manifests.ts';
import { rangeAround } from '../../lib/ranges.ts';
import { routeAccepted, routeProgrammed, untilParent } from '../../lib/routes.ts';
import { startTenant, startTenantRoute } from '../../lib/tenants.ts';
import type { ConformanceTest } from '../../lib/test.ts';
import { expectSource, keepsSource, outside, plainSourceOf, untilSource } from '../../lib/traffic.ts';

const features = ['Gateway', 'EgressRoute'] as const;
const needs = ['traffic'] as const;

export const destinations: readonly ConformanceTest[] = [
  {
    name: 'EgressRouteDestination',
    description: 'A route with a destination concerns packets to that range and leaves all others as they are.',
    features,
    needs,
    run: async (scope) => {
      const [inside, other] = outside(scope);
      const tenant = await startTenant(scope);
      const plain = await plainSourceOf(scope, tenant.at('pod'), { to: other });
      await startTenantRoute(scope, tenant, {
        rules: [{ matches: [{ destinations: [{ cidr: rangeAround(inside, 25) }] }] }],
      });
      await expectSource(scope, tenant.at('pod'), { source: tenant.addresses[0] ?? '', to: inside });
      await keepsSource(scope, tenant.at('pod'), { source: plain, to: other });
    },
  },
  {
    name: 'EgressRouteDestinationsOred',
    description: 'Destinations of a match are ORed; single addresses and 0.0.0.0/0 are ranges like others.',
    features,
    needs,
    run: async (scope) => {
      const [first, second] = outside(scope);
      const tenant = await startTenant(scope, { gateways: { gateway: {}, wide: {} } });
      const [narrow = '', wide = ''] = tenant.addresses;
      const hosts = [{ cidr: '192.0.2.255/32' }, { cidr: rangeAround(first, 32) }];
      await startTenantRoute(scope, tenant, { rules: [{ matches: [{ destinations: hosts }] }] });
      const all = [{ matches: [{ destinations: [{ cidr: '0.0.0.0/0' }] }] }];
      await startTenantRoute(scope, tenant, { name: 'wide', gateway: 'wide', rules: all });
      await expectSource(scope, tenant.at('pod'), { source: narrow, to: first });
      await expectSource(scope, tenant.at('pod'), { source: wide, to: second });
    },
  },
  {
    name: 'EgressRouteExcept',
    description:
      'Packets to an except of a destination do not match it: without another route they are left as they are.',
    features,
    needs,
    run: async (scope) => {
      const [matched, excepted] = outside(scope);
      const tenant = await startTenant(scope);
      const plain = await plainSourceOf(scope, tenant.at('pod'), { to: excepted });
      // The first except is for an address that nobody asks.
      const destination = { cidr: '0.0.0.0/0', except: ['192.0.2.255/32', rangeAround(excepted, 25)] };
      await startTenantRoute(scope, tenant, { rules: [{ matches: [{ destinations: [destination] }] }] });
      await expectSource(scope, tenant.at('pod'), { source: tenant.addresses[0] ?? '', to: matched });
      await keepsSource(scope, tenant.at('pod'), { source: plain, to: excepted });
    },
  },
  {
    name: 'EgressRouteFieldsAnded',
    description: 'podSelector and destinations of one match are ANDed.',
    features,
    needs,
    run: async (scope) => {
      const [inside, other] = outside(scope);
      const tenant = await startTenant(scope, { pods: { chosen: { labels: { app: 'shop' } }, plain: {} } });
      const plain = {
        chosen: await plainSourceOf(scope, tenant.at('chosen'), { to: other }),
        plain: await plainSourceOf(scope, tenant.at('plain'), { to: inside }),
      };
      const match = {
        podSelector: { matchLabels: { app: 'shop' } },
        destinations: [{ cidr: rangeAround(inside, 25) }],
      };
      await startTenantRoute(scope, tenant, { rules: [{ matches: [match] }] });
      await expectSource(scope, tenant.at('chosen'), { source: tenant.addresses[0] ?? '', to: inside });
      await expectSource(scope, tenant.at('chosen'), { source: plain.chosen, to: other });
      await expectSource(scope, tenant.at('plain'), { source: plain.plain, to: inside });
    },
  },
  {
    name: 'EgressRouteDestinationChanged',
    description:
      'When the destinations of a route change, packets to the new ones match and those to the old ones no longer.',
    features,
    needs,
    run: async (scope) => {
      const [first, second] = outside(scope);
      const tenant = await startTenant(scope);
      const plain = await plainSourceOf(scope, tenant.at('pod'), { to: first });
      const rulesTo = (address: string) => [{ matches: [{ destinations: [{ cidr: rangeAround(address, 25) }] }] }];
      await startTenantRoute(scope, tenant, { rules: rulesTo(first) });
      await expectSource(scope, tenant.at('pod'), { source: tenant.addresses[0] ?? '', to: first });
      await scope.world.api.patch(routeName(tenant.at('route')), { spec: { rules: rulesTo(second) } });
      const attachment = { route: routeName(tenant.at('route')), parent: { name: 'gateway' } };
      await untilParent(scope, attachment, routeAccepted, routeProgrammed);
      await expectSource(scope, tenant.at('pod'), { source: tenant.addresses[0] ?? '', to: second });
      await untilSource(scope, tenant.at('pod'), { source: plain, to: first });
    },
  },
];
