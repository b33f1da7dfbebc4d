import { checkConditions, checkTransitions, readObject, staysUntouched } from '../../lib/changes.ts';
import { check } from '../../lib/failure.ts';
import { accepted, createGateway, programmed, resolvedRefs, startGateway, untilGateway } from '../../lib/gateways.ts';
import { gatewayName, listener, type Place } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { eventually, found, missed } from '../../lib/poll.ts';
import {
  conditionOf,
  conditionsOf,
  describeConditions,
  describeName,
  generationOf,
  listAt,
  textAt,
} from '../../lib/read.ts';
import type { ConformanceTest, Scope } from '../../lib/test.ts';
import type { KubeObject } from '../../lib/world.ts';

export const gatewayStatus: readonly ConformanceTest[] = [
  {
    name: 'GatewayProgrammed',
    description:
      'A valid Gateway is Accepted, Programmed and has ResolvedRefs; every condition speaks about its generation, none is Ready.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await createGateway(scope, at);
      const gateway = await untilGateway(scope, at, accepted, programmed, resolvedRefs);
      const where = describeName(gatewayName(at));
      checkConditions(conditionsOf(gateway.status), generationOf(gateway), `${where} status`);
      const listeners = listAt(gateway, 'status', 'listeners');
      check(listeners.length === 1, { expected: 'one listener', seen: `${listeners.length}`, where });
      for (const entry of listeners)
        checkConditions(
          conditionsOf(entry),
          generationOf(gateway),
          `${where} status.listeners[${textAt(entry, 'name')}]`,
        );
    },
  },
  {
    name: 'GatewayObservedGeneration',
    description:
      'After a change of the spec all conditions speak about the new generation; lastTransitionTime moves only with status.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await createGateway(scope, at);
      const before = await untilGateway(scope, at, accepted, programmed, resolvedRefs);
      await scope.world.clock.sleep(1_100);
      const listeners = [listener(), listener({ name: 'second', port: 2 })];
      await scope.world.api.patch(gatewayName(at), { spec: { listeners } });
      const after = await untilGateway(scope, at, accepted, programmed, resolvedRefs);
      const where = describeName(gatewayName(at));
      check(generationOf(after) > generationOf(before), {
        expected: 'a new generation',
        seen: `${generationOf(after)}`,
        where,
      });
      checkConditions(conditionsOf(after.status), generationOf(after), `${where} status`);
      for (const entry of listAt(after, 'status', 'listeners'))
        checkConditions(
          conditionsOf(entry),
          generationOf(after),
          `${where} status.listeners[${textAt(entry, 'name')}]`,
        );
      checkTransitions(conditionOnly(before, 'Accepted'), after.status, `${where} status`);
    },
  },
  {
    name: 'GatewayForeignConditions',
    description: 'A condition that another controller put into the status of a Gateway stays.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await createGateway(scope, at);
      await untilGateway(scope, at, accepted, programmed);
      await addCondition(scope, at);
      const listeners = [listener(), listener({ name: 'second', port: 2 })];
      await scope.world.api.patch(gatewayName(at), { spec: { listeners } });
      const after = await untilGateway(scope, at, accepted, programmed);
      check(conditionOf(after.status, foreignType)?.status === 'True', {
        expected: `condition ${foreignType} of another controller, unchanged`,
        seen: describeConditions(after.status),
        where: `${describeName(gatewayName(at))} status.conditions`,
      });
    },
  },
  {
    name: 'GatewayStatusSteady',
    description: 'Once a Gateway is programmed nothing writes it while nothing changes.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await startGateway(scope, at);
      await untilSettled(scope, at);
      await staysUntouched(scope, gatewayName(at));
    },
  },
];

const foreignType = 'conformance.sallyport.dev/Seen';

/** Plays another controller: adds a condition of its own to what is there. */
async function addCondition(scope: Scope, at: Place): Promise<void> {
  const where = `${describeName(gatewayName(at))} status`;
  const wish = { expected: 'that another controller can add a condition', where, within: scope.timeouts.status };
  await eventually(scope, wish, async () => {
    const gateway = await readObject(scope, gatewayName(at));
    const condition = {
      type: foreignType,
      status: 'True',
      reason: 'Seen',
      message: 'by another controller',
      observedGeneration: generationOf(gateway),
      lastTransitionTime: '2024-01-01T00:00:00Z',
    };
    const { resourceVersion } = gateway.metadata;
    const conditions = [...listAt(gateway, 'status', 'conditions'), condition];
    // A refusal (the status has changed meanwhile) is looked at again.
    await scope.world.api.patchStatus(gatewayName(at), { metadata: { resourceVersion }, status: { conditions } });
    return found(undefined);
  });
}

/** Late news (a standby that gets ready) may still come: waits for one quiet time without a write, at most the time for programming. */
async function untilSettled(scope: Scope, at: Place): Promise<void> {
  let last = '';
  const where = `${describeName(gatewayName(at))} metadata.resourceVersion`;
  await eventually(scope, { expected: 'an end of the writing', where, within: scope.timeouts.programmed }, async () => {
    const { resourceVersion = '' } = (await readObject(scope, gatewayName(at))).metadata;
    const before = last;
    last = resourceVersion;
    if (before === resourceVersion) return found(undefined);
    await scope.world.clock.sleep(scope.timeouts.quiet);
    return missed(`${before} and then ${resourceVersion}`);
  });
}

const conditionOnly = (gateway: KubeObject, type: string) => ({
  conditions: conditionsOf(gateway.status).filter((condition) => condition.type === type),
});
