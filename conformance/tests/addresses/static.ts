import { untilGone } from '../../lib/changes.ts';
import { check } from '../../lib/failure.ts';
import {
  accepted,
  addressesOf,
  createGateway,
  programmed,
  startGateway,
  statusAddresses,
  untilGateway,
} from '../../lib/gateways.ts';
import { gatewayName, type Place } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { conditionOf, describeConditions, describeName } from '../../lib/read.ts';
import type { ConformanceTest, Scope } from '../../lib/test.ts';
import type { KubeObject } from '../../lib/world.ts';

const notUsable = { type: 'Programmed', status: 'False', reason: 'AddressNotUsable' } as const;
const features = ['Gateway', 'GatewayStaticAddresses'] as const;

export const staticAddresses: readonly ConformanceTest[] = [
  {
    name: 'GatewayStaticAddress',
    description: 'A Gateway that asks for a usable address is given exactly that one.',
    features,
    needs: ['addresses'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const addresses = await scope.takeAddresses(1);
      await createGateway(scope, at, { addresses: addresses.map((value) => ({ type: 'IPAddress', value })) });
      expectAddresses(await addressesOf(scope, at), addresses, at);
    },
  },
  {
    name: 'GatewayStaticAddressNotUsable',
    description:
      'A Gateway that asks for an address which the class cannot give is Accepted and not Programmed: AddressNotUsable, naming it.',
    features,
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await createGateway(scope, at, { addresses: [{ type: 'IPAddress', value: scope.world.addresses.unusable }] });
      const gateway = await untilGateway(scope, at, accepted, notUsable);
      expectNamed(gateway, scope.world.addresses.unusable);
      expectAddresses(statusAddresses(gateway), [], at);
    },
  },
  {
    name: 'GatewayStaticAddressTaken',
    description:
      'Of two Gateways that ask for one address the older has it, and the younger is not Programmed: AddressNotUsable, naming it.',
    features,
    needs: ['addresses'],
    run: async (scope) => {
      const [older, younger] = await twoGateways(scope);
      const [address = ''] = await scope.takeAddresses(1);
      const addresses = [{ type: 'IPAddress', value: address }];
      await startGateway(scope, older, { addresses });
      await createGateway(scope, younger, { addresses });
      const refused = await untilGateway(scope, younger, accepted, notUsable);
      expectNamed(refused, address);
      expectAddresses(statusAddresses(refused), [], younger);
      expectAddresses(await addressesOf(scope, older), [address], older);
    },
  },
  {
    name: 'GatewayStaticAddressFreed',
    description:
      'When the Gateway that has an address is deleted, another one that asks for it is given it in the end.',
    features,
    needs: ['addresses'],
    run: async (scope) => {
      const [older, younger] = await twoGateways(scope);
      const [address = ''] = await scope.takeAddresses(1);
      const addresses = [{ type: 'IPAddress', value: address }];
      await startGateway(scope, older, { addresses });
      await createGateway(scope, younger, { addresses });
      await untilGateway(scope, younger, notUsable);
      await scope.remove(gatewayName(older));
      await untilGone(scope, gatewayName(older));
      await untilGateway(scope, younger, programmed);
      expectAddresses(await addressesOf(scope, younger), [address], younger);
    },
  },
  {
    name: 'GatewayStaticAddressChanged',
    description: 'A Gateway that asks for another address is given that one and gives up the first.',
    features,
    needs: ['addresses'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const [first = '', second = ''] = await scope.takeAddresses(2);
      await startGateway(scope, at, { addresses: [{ type: 'IPAddress', value: first }] });
      const addresses = [{ type: 'IPAddress', value: second }];
      await scope.world.api.patch(gatewayName(at), { spec: { addresses } });
      expectAddresses(await addressesOf(scope, at), [second], at);
    },
  },
  {
    name: 'GatewayAddressRecovers',
    description: 'A Gateway whose address is not usable is programmed once it asks for a usable one.',
    features,
    needs: ['addresses'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await createGateway(scope, at, { addresses: [{ type: 'IPAddress', value: scope.world.addresses.unusable }] });
      await untilGateway(scope, at, accepted, notUsable);
      const addresses = await scope.takeAddresses(1);
      const patch = { spec: { addresses: addresses.map((value) => ({ type: 'IPAddress', value })) } };
      await scope.world.api.patch(gatewayName(at), patch);
      expectAddresses(await addressesOf(scope, at), addresses, at);
    },
  },
  {
    name: 'GatewayAddressTypeBeforeValue',
    description: 'An unsupported type of address is answered before an address that is not usable: Accepted is False.',
    features,
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const addresses = [
        { type: 'IPAddress', value: scope.world.addresses.unusable },
        { type: 'conformance.sallyport.dev/Unknown', value: 'anything' },
      ];
      await createGateway(scope, at, { addresses });
      await untilGateway(scope, at, unsupportedAddress, { type: 'Programmed', status: 'False' });
    },
  },
];

export const unsupportedAddress = { type: 'Accepted', status: 'False', reason: 'UnsupportedAddress' } as const;

async function twoGateways(scope: Scope): Promise<readonly [Place, Place]> {
  const [first, second] = [await createNamespace(scope), await createNamespace(scope)];
  return [
    { namespace: first, name: 'older' },
    { namespace: second, name: 'younger' },
  ];
}

function expectAddresses(seen: readonly string[], expected: readonly string[], at: Place): void {
  check([...seen].sort().join() === [...expected].sort().join(), {
    expected: expected.join(', ') || 'no address',
    seen: seen.join(', ') || 'no address',
    where: `${describeName(gatewayName(at))} status.addresses`,
  });
}

function expectNamed(gateway: KubeObject, address: string): void {
  const message = conditionOf(gateway.status, 'Programmed')?.message ?? '';
  check(message.includes(address), {
    expected: `a message that names ${address}`,
    seen: describeConditions(gateway.status),
    where: `Gateway ${gateway.metadata.namespace}/${gateway.metadata.name} status.conditions[Programmed].message`,
  });
}
