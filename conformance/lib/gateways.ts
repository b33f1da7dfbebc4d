import { untilConditions, type WantedCondition } from './conditions.ts';
import { check } from './failure.ts';
import { type GatewayFields, gatewayManifest, gatewayName, type Place } from './manifests.ts';
import { eventually, found, missed } from './poll.ts';
import { describeConditions, describeName, listAt, textAt, valueAt } from './read.ts';
import type { Scope } from './test.ts';
import type { KubeObject } from './world.ts';

export const accepted: WantedCondition = { type: 'Accepted', status: 'True', reason: 'Accepted' };
export const programmed: WantedCondition = { type: 'Programmed', status: 'True', reason: 'Programmed' };
export const resolvedRefs: WantedCondition = { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs' };

/** Creates a Gateway of the class under test. */
export async function createGateway(scope: Scope, at: Place, fields: GatewayFields = {}): Promise<KubeObject> {
  return await scope.create(gatewayManifest(at, scope.world.gatewayClass, fields));
}

/** Waits until the Gateway has these conditions for its current generation. */
export async function untilGateway(
  scope: Scope,
  at: Place,
  ...wanted: readonly WantedCondition[]
): Promise<KubeObject> {
  return await untilConditions(scope, gatewayName(at), { wanted, within: scope.timeouts.programmed });
}

/** Waits until the Gateway is programmed; answers its addresses, at least one. */
export async function addressesOf(scope: Scope, at: Place): Promise<readonly string[]> {
  const gateway = await untilGateway(scope, at, accepted, programmed);
  const addresses = statusAddresses(gateway);
  check(addresses.length > 0, {
    expected: 'at least one address of a Gateway that is programmed',
    seen: `none, with ${describeConditions(gateway.status)}`,
    where: `${describeName(gatewayName(at))} status.addresses`,
  });
  return addresses;
}

/** The IPv4 address of a programmed Gateway. */
export async function addressOf(scope: Scope, at: Place): Promise<string> {
  const addresses = await addressesOf(scope, at);
  const ipv4 = addresses.find((address) => !address.includes(':'));
  check(ipv4 !== undefined, {
    expected: 'an IPv4 address',
    seen: addresses.join(', '),
    where: `${describeName(gatewayName(at))} status.addresses`,
  });
  return ipv4;
}

/** Creates a Gateway and waits until it is programmed; answers its IPv4 address. */
export async function startGateway(scope: Scope, at: Place, fields: GatewayFields = {}): Promise<string> {
  await createGateway(scope, at, fields);
  return await addressOf(scope, at);
}

/** The values of `status.addresses`. */
export function statusAddresses(gateway: KubeObject): readonly string[] {
  return listAt(gateway, 'status', 'addresses').map((entry) => textAt(entry, 'value'));
}

/** A listener's entry in a Gateway's status. */
export function listenerStatus(gateway: KubeObject, name: string): unknown {
  return listAt(gateway, 'status', 'listeners').find((entry) => textAt(entry, 'name') === name);
}

/** Waits until a listener has these conditions for the Gateway's current generation. */
export async function untilListener(
  scope: Scope,
  at: Place,
  { name = 'egress', wanted }: { readonly name?: string; readonly wanted: readonly WantedCondition[] },
): Promise<KubeObject> {
  return await untilConditions(scope, gatewayName(at), {
    wanted,
    within: scope.timeouts.programmed,
    part: { path: `status.listeners[${name}]`, pick: (gateway) => listenerStatus(gateway, name) },
  });
}

/** Waits until a listener counts this many attached routes. */
export async function untilAttached(
  scope: Scope,
  at: Place,
  { name = 'egress', routes }: { readonly name?: string; readonly routes: number },
): Promise<void> {
  const where = `${describeName(gatewayName(at))} status.listeners[${name}].attachedRoutes`;
  await eventually(scope, { expected: `${routes}`, where, within: scope.timeouts.status }, async () => {
    const gateway = await scope.world.api.get(gatewayName(at));
    const count = gateway === undefined ? undefined : valueAt(listenerStatus(gateway, name), 'attachedRoutes');
    return count === routes ? found(count) : missed(`${count}`);
  });
}
