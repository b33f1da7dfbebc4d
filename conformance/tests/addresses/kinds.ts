import { apiVersion, poolAddressType } from '../../../src/api/names.ts';
import { readObject } from '../../lib/changes.ts';
import { check } from '../../lib/failure.ts';
import { accepted, addressesOf, createGateway, statusAddresses, untilGateway } from '../../lib/gateways.ts';
import { gatewayName } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { found, missed, throughout } from '../../lib/poll.ts';
import { conditionOf, describeConditions, describeName } from '../../lib/read.ts';
import type { ConformanceTest } from '../../lib/test.ts';
import { unsupportedAddress } from './static.ts';

export const addressKinds: readonly ConformanceTest[] = [
  {
    name: 'GatewayUnsupportedAddress',
    description: 'A Gateway that asks for an address of an unknown type is not Accepted: UnsupportedAddress.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await createGateway(scope, at, { addresses: [{ type: 'conformance.sallyport.dev/Unknown', value: 'anything' }] });
      await untilGateway(scope, at, unsupportedAddress, { type: 'Programmed', status: 'False' });
      const where = `${describeName(gatewayName(at))} status.addresses`;
      // An address that is bound all the same may come a little later.
      await throughout(scope, { expected: 'no address', where, within: scope.timeouts.quiet }, async () => {
        const addresses = statusAddresses(await readObject(scope, gatewayName(at)));
        return addresses.length === 0 ? found(undefined) : missed(addresses.join(', '));
      });
    },
  },
  {
    name: 'GatewayAddressEmpty',
    description: 'An address of type IPAddress without a value is chosen by the implementation.',
    features: ['Gateway', 'GatewayAddressEmpty'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await createGateway(scope, at, { addresses: [{ type: 'IPAddress' }] });
      await addressesOf(scope, at);
    },
  },
  {
    name: 'GatewayAddressPool',
    description: 'An address of type sallyport.dev/Pool is chosen from the EgressAddressPool of that name.',
    features: ['Gateway', 'GatewayEgressAddressPool'],
    run: async (scope) => {
      const pools = await scope.world.api.list({ apiVersion, kind: 'EgressAddressPool' });
      const pool = pools.find(({ status }) => conditionOf(status, 'Accepted')?.status === 'True');
      check(pool !== undefined, {
        expected: 'an EgressAddressPool that is accepted',
        seen: `${pools.length} pools`,
        where: 'the cluster',
      });
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await createGateway(scope, at, { addresses: [{ type: poolAddressType, value: pool.metadata.name }] });
      await addressesOf(scope, at);
    },
  },
  {
    name: 'GatewayAddressPoolMissing',
    description:
      'A Gateway that asks for an address of a pool which does not exist is not Programmed: AddressNotUsable, naming the pool.',
    features: ['Gateway', 'GatewayEgressAddressPool'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const missing = scope.uniqueName();
      await createGateway(scope, at, { addresses: [{ type: poolAddressType, value: missing }] });
      const notUsable = { type: 'Programmed', status: 'False', reason: 'AddressNotUsable' } as const;
      const gateway = await untilGateway(scope, at, accepted, notUsable);
      check((conditionOf(gateway.status, 'Programmed')?.message ?? '').includes(missing), {
        expected: `a message that names ${missing}`,
        seen: describeConditions(gateway.status),
        where: `${describeName(gatewayName(at))} status.conditions[Programmed].message`,
      });
    },
  },
  {
    name: 'GatewayDualStack',
    description: 'A Gateway of a dual-stack class has an address of each family.',
    features: ['Gateway', 'GatewayEgressDualStack'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await createGateway(scope, at);
      const addresses = await addressesOf(scope, at);
      const families = new Set(addresses.map((address) => address.includes(':')));
      check(families.size === 2, {
        expected: 'an IPv4 and an IPv6 address',
        seen: addresses.join(', '),
        where: `${describeName(gatewayName(at))} status.addresses`,
      });
    },
  },
];
