import { untilGone } from '../../lib/changes.ts';
import { accepted, addressOf, createGateway, programmed, startGateway, untilGateway } from '../../lib/gateways.ts';
import { gatewayName, listener, openListener, type Place, routeName } from '../../lib/manifests.ts';
import { rangeAround } from '../../lib/ranges.ts';
import { createRoute, notAllowed, routeAccepted, startRoute, untilNoParent, untilParent } from '../../lib/routes.ts';
import { startTenant, startTenantRoute } from '../../lib/tenants.ts';
import type { ConformanceTest, Scope } from '../../lib/test.ts';
import {
  expectBlocked,
  expectSource,
  keepsSource,
  outside,
  plainSourceOf,
  untilBlocked,
  untilSource,
} from '../../lib/traffic.ts';

const features = ['Gateway', 'EgressRoute'] as const;
const needs = ['traffic'] as const;
const notUsable = { type: 'Programmed', status: 'False', reason: 'AddressNotUsable' } as const;
const notProgrammed = { type: 'Programmed', status: 'False' } as const;

export const failClosed: readonly ConformanceTest[] = [
  {
    name: 'NotProgrammedDrops',
    description:
      'What a route of a Gateway without a usable address selects is dropped; everything else goes out as before.',
    features: [...features, 'GatewayStaticAddresses'],
    needs,
    run: async (scope) => {
      const [inside, other] = outside(scope);
      const tenant = await startTenant(scope, { gateways: {} });
      const plain = await plainSourceOf(scope, tenant.at('pod'), { to: other });
      await createUnusable(scope, tenant.at('gateway'));
      const rules = [{ matches: [{ destinations: [{ cidr: rangeAround(inside, 25) }] }] }];
      const at = tenant.at('route');
      await createRoute(scope, at, { parents: [{ name: 'gateway' }], rules });
      await untilParent(scope, { route: routeName(at), parent: { name: 'gateway' } }, routeAccepted, notProgrammed);
      await untilBlocked(scope, tenant.at('pod'), { to: inside });
      await expectBlocked(scope, tenant.at('pod'), { to: inside, protocol: 'UDP' });
      await expectSource(scope, tenant.at('pod'), { source: plain, to: other });
    },
  },
  {
    name: 'NotProgrammedRecovers',
    description: 'A Gateway that is given a usable address lets the Pods of its routes out again, with that address.',
    features: [...features, 'GatewayStaticAddresses'],
    needs: ['traffic', 'addresses'],
    run: async (scope) => {
      const [address = ''] = await scope.takeAddresses(1);
      const tenant = await startTenant(scope, { gateways: {} });
      await createUnusable(scope, tenant.at('gateway'));
      const at = tenant.at('route');
      await createRoute(scope, at, { parents: [{ name: 'gateway' }] });
      await untilParent(scope, { route: routeName(at), parent: { name: 'gateway' } }, routeAccepted);
      await untilBlocked(scope, tenant.at('pod'));
      await scope.world.api.patch(gatewayName(tenant.at('gateway')), { spec: { addresses: [{ value: address }] } });
      await addressOf(scope, tenant.at('gateway'));
      await untilSource(scope, tenant.at('pod'), { source: address });
    },
  },
  {
    name: 'AddressLostDrops',
    description:
      'When a Gateway asks for an address that cannot be used, its Pods are dropped; none leaves with the address of a node.',
    features: [...features, 'GatewayStaticAddresses'],
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope);
      await startTenantRoute(scope, tenant);
      await expectSource(scope, tenant.at('pod'), { source: tenant.addresses[0] ?? '' });
      const { unusable } = scope.world.addresses;
      await scope.world.api.patch(gatewayName(tenant.at('gateway')), { spec: { addresses: [{ value: unusable }] } });
      await untilGateway(scope, tenant.at('gateway'), accepted, notUsable);
      await untilBlocked(scope, tenant.at('pod'));
    },
  },
  {
    name: 'FirstParentNotProgrammedDrops',
    description:
      'The first accepting parent counts even while it is not programmed: packets are dropped and do not take the second one.',
    features: [...features, 'GatewayStaticAddresses'],
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope, { gateways: { second: {} } });
      await createUnusable(scope, tenant.at('first'));
      const at = tenant.at('route');
      await createRoute(scope, at, { parents: [{ name: 'first' }, { name: 'second' }] });
      await untilParent(scope, { route: routeName(at), parent: { name: 'first' } }, routeAccepted, notProgrammed);
      await untilParent(scope, { route: routeName(at), parent: { name: 'second' } }, routeAccepted);
      await untilBlocked(scope, tenant.at('pod'));
      await scope.world.api.patch(routeName(at), { spec: { parentRefs: [{ name: 'second' }] } });
      await untilSource(scope, tenant.at('pod'), { source: tenant.addresses[0] ?? '' });
    },
  },
  {
    name: 'AddressTakenDrops',
    description: 'Pods of a Gateway whose address another one has are dropped, and those of the other keep it.',
    features: [...features, 'GatewayStaticAddresses'],
    needs: ['traffic', 'addresses'],
    run: async (scope) => {
      const [address = ''] = await scope.takeAddresses(1);
      const addresses = [{ value: address }];
      const [owner, late] = await Promise.all([
        startTenant(scope, { gateways: { gateway: { addresses } } }),
        startTenant(scope, { gateways: {} }),
      ]);
      await startTenantRoute(scope, owner);
      await createGateway(scope, late.at('gateway'), { addresses });
      await untilGateway(scope, late.at('gateway'), accepted, notUsable);
      const at = late.at('route');
      await createRoute(scope, at, { parents: [{ name: 'gateway' }] });
      await untilParent(scope, { route: routeName(at), parent: { name: 'gateway' } }, routeAccepted, notProgrammed);
      await untilBlocked(scope, late.at('pod'));
      await expectSource(scope, owner.at('pod'), { source: address });
    },
  },
];

export const endOfRights: readonly ConformanceTest[] = [
  {
    name: 'RouteDeleted',
    description: 'When a route is deleted its Pods go out as before it; the Gateway keeps its address.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope);
      const [source = ''] = tenant.addresses;
      const plain = await plainSourceOf(scope, tenant.at('pod'));
      await startTenantRoute(scope, tenant);
      await expectSource(scope, tenant.at('pod'), { source });
      await scope.remove(routeName(tenant.at('route')));
      await untilSource(scope, tenant.at('pod'), { source: plain });
      await untilGateway(scope, tenant.at('gateway'), accepted, programmed);
      await startTenantRoute(scope, tenant);
      await expectSource(scope, tenant.at('pod'), { source });
    },
  },
  {
    name: 'GatewayDeletedEndsItsRoutes',
    description:
      'A route whose only Gateway was deleted is no longer accepted by anybody: its Pods go out as before it, never with the address.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope);
      const plain = await plainSourceOf(scope, tenant.at('pod'));
      await startTenantRoute(scope, tenant);
      await expectSource(scope, tenant.at('pod'), { source: tenant.addresses[0] ?? '' });
      await scope.remove(gatewayName(tenant.at('gateway')));
      await untilGone(scope, gatewayName(tenant.at('gateway')));
      await untilNoParent(scope, { route: routeName(tenant.at('route')), parent: { name: 'gateway' } });
      await untilSource(scope, tenant.at('pod'), { source: plain });
      await keepsSource(scope, tenant.at('pod'), { source: plain });
    },
  },
  {
    name: 'GatewayDeletedNextParent',
    description: 'When the first parent of a route is deleted, the next one that accepts it carries the traffic.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope, { gateways: { first: {}, second: {} } });
      const [first = '', second = ''] = tenant.addresses;
      const at = tenant.at('route');
      await createRoute(scope, at, { parents: [{ name: 'first' }, { name: 'second' }] });
      await untilParent(scope, { route: routeName(at), parent: { name: 'second' } }, routeAccepted);
      await untilSource(scope, tenant.at('pod'), { source: first });
      await scope.remove(gatewayName(tenant.at('first')));
      await untilSource(scope, tenant.at('pod'), { source: second });
    },
  },
  {
    name: 'RouteNotAllowedAnymore',
    description: 'When a listener no longer allows a route, it is refused and its Pods go out as before it.',
    features,
    needs,
    run: async (scope) => {
      const [owner, guest] = await Promise.all([
        startTenant(scope, { pods: {}, gateways: { gateway: { listeners: [openListener()] } } }),
        startTenant(scope, { gateways: {} }),
      ]);
      const plain = await plainSourceOf(scope, guest.at('pod'));
      const parent = owner.at('gateway');
      await startRoute(scope, guest.at('route'), { parent });
      await expectSource(scope, guest.at('pod'), { source: owner.addresses[0] ?? '' });
      await scope.world.api.patch(gatewayName(owner.at('gateway')), { spec: { listeners: [listener()] } });
      await untilParent(scope, { route: routeName(guest.at('route')), parent }, notAllowed);
      await untilSource(scope, guest.at('pod'), { source: plain });
    },
  },
  {
    name: 'GatewayRecreatedServesRoutes',
    description:
      'When a Gateway is made again its old routes attach again and their Pods leave with the address that it has then.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope);
      await startTenantRoute(scope, tenant);
      await scope.remove(gatewayName(tenant.at('gateway')));
      await untilGone(scope, gatewayName(tenant.at('gateway')));
      const source = await startGateway(scope, tenant.at('gateway'));
      await untilSource(scope, tenant.at('pod'), { source });
      await keepsSource(scope, tenant.at('pod'), { source });
    },
  },
];

async function createUnusable(scope: Scope, at: Place): Promise<void> {
  await createGateway(scope, at, { addresses: [{ value: scope.world.addresses.unusable }] });
  await untilGateway(scope, at, accepted, notUsable);
}
