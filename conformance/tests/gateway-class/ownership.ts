import { readObject, staysUntouched, untilGone } from '../../lib/changes.ts';
import { copyClass, finalizersOf, nobody } from '../../lib/classes.ts';
import { check } from '../../lib/failure.ts';
import { accepted, programmed, untilGateway } from '../../lib/gateways.ts';
import { classNameOf, gatewayManifest, gatewayName } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { eventually, found, missed } from '../../lib/poll.ts';
import { describeConditions, describeName } from '../../lib/read.ts';
import type { ConformanceTest, Scope } from '../../lib/test.ts';

const finalizer = 'gateway-exists-finalizer.gateway.networking.k8s.io';

export const classOwnership: readonly ConformanceTest[] = [
  {
    name: 'GatewayClassOfOthers',
    description: 'A class of another controller, and the Gateways of that class, are left alone.',
    features: ['Gateway'],
    run: async (scope) => {
      const className = await copyClass(scope, { controllerName: nobody });
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await scope.create(gatewayManifest(at, className));
      await Promise.all([staysUntouched(scope, classNameOf(className)), staysUntouched(scope, gatewayName(at))]);
    },
  },
  {
    name: 'GatewayClassMissing',
    description: 'A Gateway whose class does not exist is left alone; once the class is there it is served.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const { spec } = await readObject(scope, classNameOf(scope.world.gatewayClass));
      const className = scope.uniqueName();
      await scope.create(gatewayManifest(at, className));
      await staysUntouched(scope, gatewayName(at));
      await scope.create({ ...classNameManifest(className), spec });
      await untilGateway(scope, at, accepted, programmed);
    },
  },
  {
    name: 'GatewayClassFinalizer',
    description: 'While a Gateway uses a class a finalizer keeps the class; without Gateways the class goes.',
    features: ['Gateway'],
    run: async (scope) => {
      const className = await copyClass(scope);
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await scope.create(gatewayManifest(at, className));
      await untilGateway(scope, at, accepted, programmed);
      await untilFinalizer(scope, className);
      await scope.remove(classNameOf(className));
      await scope.world.clock.sleep(scope.timeouts.quiet);
      await checkStillThere(scope, className);
      await untilGateway(scope, at, accepted, programmed);
      await scope.remove(gatewayName(at));
      await untilGone(scope, classNameOf(className));
    },
  },
];

const classNameManifest = (name: string) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name },
});

async function untilFinalizer(scope: Scope, className: string): Promise<void> {
  const where = `${describeName(classNameOf(className))} metadata.finalizers`;
  await eventually(scope, { expected: finalizer, where, within: scope.timeouts.status }, async () => {
    const finalizers = finalizersOf(await readObject(scope, classNameOf(className)));
    return finalizers.includes(finalizer) ? found(undefined) : missed(`[${finalizers.join(', ')}]`);
  });
}

async function checkStillThere(scope: Scope, className: string): Promise<void> {
  const gatewayClass = await scope.world.api.get(classNameOf(className));
  check(gatewayClass !== undefined, {
    expected: 'the class stays as long as a Gateway uses it',
    seen: 'it is gone',
    where: describeName(classNameOf(className)),
  });
  check(gatewayClass.metadata.deletionTimestamp !== undefined, {
    expected: 'a class that is being deleted',
    seen: describeConditions(gatewayClass.status),
    where: describeName(classNameOf(className)),
  });
}
