import { check, Skip } from '../../lib/failure.ts';
import { addressesOf, createGateway, statusAddresses } from '../../lib/gateways.ts';
import { gatewayName, routeName } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { startPod } from '../../lib/pods.ts';
import { createRoute, routeAccepted, routeProgrammed, startRoute, untilParent } from '../../lib/routes.ts';
import { startTenant, startTenantRoute } from '../../lib/tenants.ts';
import type { ConformanceTest } from '../../lib/test.ts';
import { expectSource, keepsSource, sourceOf, untilSource } from '../../lib/traffic.ts';

const features = ['Gateway', 'EgressRoute'] as const;
const needs = ['traffic'] as const;
const app = (name: string) => ({ labels: { app: name } });
const select = (name: string) => [{ matches: [{ podSelector: { matchLabels: { app: name } } }] }];

export const identities: readonly ConformanceTest[] = [
  {
    name: 'EgressRouteTwoIdentities',
    description:
      'Pods of one namespace whose routes have different Gateways leave with different addresses, each with its own.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope, { pods: { a: app('a'), b: app('b') }, gateways: { a: {}, b: {} } });
      await startTenantRoute(scope, tenant, { name: 'a', gateway: 'a', rules: select('a') });
      await startTenantRoute(scope, tenant, { name: 'b', gateway: 'b', rules: select('b') });
      const [a = '', b = ''] = tenant.addresses;
      await keepsSource(scope, tenant.at('a'), { source: a });
      await keepsSource(scope, tenant.at('b'), { source: b });
    },
  },
  {
    name: 'EgressRouteTwoRoutesOneGateway',
    description: 'Several routes of one Gateway give their Pods its address; deleting one of them leaves the other.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope, { pods: { a: app('a'), b: app('b') } });
      await startTenantRoute(scope, tenant, { name: 'a', rules: select('a') });
      await startTenantRoute(scope, tenant, { name: 'b', rules: select('b') });
      const [source = ''] = tenant.addresses;
      for (const name of ['a', 'b']) await expectSource(scope, tenant.at(name), { source });
      await scope.remove(routeName(tenant.at('a')));
      await keepsSource(scope, tenant.at('b'), { source });
    },
  },
  {
    name: 'EgressRouteFirstParentWins',
    description:
      'Of several accepting parents the first in the list carries the traffic; without it the next one does.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope, { gateways: { first: {}, second: {} } });
      const [first = '', second = ''] = tenant.addresses;
      const at = tenant.at('route');
      // By name and by age the other one would come first.
      await createRoute(scope, at, { parents: [{ name: 'second' }, { name: 'first' }] });
      await untilParent(scope, { route: routeName(at), parent: { name: 'second' } }, routeAccepted, routeProgrammed);
      await expectSource(scope, tenant.at('pod'), { source: second });
      await scope.world.api.patch(routeName(at), { spec: { parentRefs: [{ name: 'first' }] } });
      await untilParent(scope, { route: routeName(at), parent: { name: 'first' } }, routeAccepted, routeProgrammed);
      await untilSource(scope, tenant.at('pod'), { source: first });
    },
  },
  {
    name: 'GatewayStaticAddressSource',
    description:
      'Pods leave with the very address that their Gateway asked for, and with the new one after it asked for another.',
    features: [...features, 'GatewayStaticAddresses'],
    needs: ['traffic', 'addresses'],
    run: async (scope) => {
      const [first = '', second = ''] = await scope.takeAddresses(2);
      const tenant = await startTenant(scope, { gateways: { gateway: { addresses: [{ value: first }] } } });
      await startTenantRoute(scope, tenant);
      await expectSource(scope, tenant.at('pod'), { source: first });
      await scope.world.api.patch(gatewayName(tenant.at('gateway')), { spec: { addresses: [{ value: second }] } });
      await addressesOf(scope, tenant.at('gateway'));
      await untilSource(scope, tenant.at('pod'), { source: second });
      await keepsSource(scope, tenant.at('pod'), { source: second });
    },
  },
  {
    name: 'GatewayMultipleAddresses',
    description: 'A Gateway with two addresses of a family has both in its status, and every Pod keeps to one of them.',
    features: [...features, 'GatewayStaticAddresses', 'GatewayEgressMultipleAddresses'],
    needs: ['traffic', 'addresses'],
    run: async (scope) => {
      const addresses = await scope.takeAddresses(2);
      const namespace = await createNamespace(scope);
      const gateway = { namespace, name: 'gateway' };
      await createGateway(scope, gateway, { addresses: addresses.map((value) => ({ value })) });
      await addressesOf(scope, gateway);
      const status = await scope.world.api.get(gatewayName(gateway));
      const bound = status === undefined ? [] : statusAddresses(status);
      check(
        addresses.every((address) => bound.includes(address)),
        {
          expected: addresses.join(', '),
          seen: bound.join(', '),
          where: `Gateway ${namespace}/gateway status.addresses`,
        },
      );
      const pods = ['a', 'b', 'c'].map((name) => ({ namespace, name }));
      await Promise.all(pods.map((pod) => startPod(scope, pod)));
      await startRoute(scope, { namespace, name: 'route' }, { parent: { name: 'gateway' } });
      for (const pod of pods) {
        const source = (await sourceOf(scope, pod)) ?? 'nothing';
        const where = `Pod ${namespace}/${pod.name}`;
        check(addresses.includes(source), { expected: `one of ${addresses.join(', ')}`, seen: source, where });
        await keepsSource(scope, pod, { source });
      }
    },
  },
  {
    name: 'EgressRouteDualStack',
    description:
      'With a dual-stack Gateway a Pod leaves with the IPv6 address over IPv6 and with the IPv4 address over IPv4.',
    features: [...features, 'GatewayEgressDualStack'],
    needs,
    run: async (scope) => {
      const [to] = scope.world.traffic?.outside.ipv6 ?? [];
      if (to === undefined) throw new Skip('no IPv6 address of the outside server is given (--outside-address)');
      const tenant = await startTenant(scope);
      const addresses = await addressesOf(scope, tenant.at('gateway'));
      const ipv6 = addresses.find((address) => address.includes(':'));
      check(ipv6 !== undefined, {
        expected: 'an IPv6 address',
        seen: addresses.join(', '),
        where: `Gateway ${tenant.namespace}/gateway status.addresses`,
      });
      await startTenantRoute(scope, tenant);
      await expectSource(scope, tenant.at('pod'), { source: tenant.addresses[0] ?? '' });
      await expectSource(scope, tenant.at('pod'), { source: ipv6, to });
      await expectSource(scope, tenant.at('pod'), { source: ipv6, to, protocol: 'UDP' });
    },
  },
];
