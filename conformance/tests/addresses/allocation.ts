import { parseIp } from '../../../src/net/ip.ts';
import { check } from '../../lib/failure.ts';
import { addressesOf, createGateway, startGateway } from '../../lib/gateways.ts';
import { gatewayName, listener } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { describeName, listAt, textAt } from '../../lib/read.ts';
import type { ConformanceTest } from '../../lib/test.ts';

export const allocation: readonly ConformanceTest[] = [
  {
    name: 'GatewayAddressAllocated',
    description: 'A Gateway without spec.addresses is given an address: status.addresses lists it with type IPAddress.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await createGateway(scope, at);
      await addressesOf(scope, at);
      const gateway = await scope.world.api.get(gatewayName(at));
      for (const [index, entry] of listAt(gateway, 'status', 'addresses').entries()) {
        const [type, value] = [textAt(entry, 'type'), textAt(entry, 'value')];
        check(type === 'IPAddress' && parseIp(value) !== undefined, {
          expected: 'an IP address of type IPAddress',
          seen: `${type} ${value}`,
          where: `${describeName(gatewayName(at))} status.addresses[${index}]`,
        });
      }
    },
  },
  {
    name: 'GatewayAddressesDistinct',
    description: 'Gateways that are created at the same time, in several namespaces, never share an address.',
    features: ['Gateway'],
    run: async (scope) => {
      const namespaces = [await createNamespace(scope), await createNamespace(scope)];
      const places = namespaces.flatMap((namespace) => ['a', 'b'].map((name) => ({ namespace, name })));
      const addresses = await Promise.all(places.map((at) => startGateway(scope, at)));
      check(new Set(addresses).size === addresses.length, {
        expected: `${addresses.length} different addresses`,
        seen: addresses.join(', '),
        where: places.map(({ namespace, name }) => `${namespace}/${name}`).join(', '),
      });
    },
  },
  {
    name: 'GatewayAddressSticky',
    description: 'An allocated address stays when other fields of the Gateway change.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const before = await startGateway(scope, at);
      const more = [listener(), listener({ name: 'second', port: 2 })];
      await scope.world.api.patch(gatewayName(at), {
        metadata: { labels: { tier: 'two' } },
        spec: { listeners: more },
      });
      const after = await addressesOf(scope, at);
      check(after.includes(before), {
        expected: before,
        seen: after.join(', '),
        where: `${describeName(gatewayName(at))} status.addresses`,
      });
    },
  },
];
