import { apiGroup } from '../../../src/api/names.ts';
import { checkTransitions } from '../../lib/changes.ts';
import { copyClass, readClass } from '../../lib/classes.ts';
import { untilConditions } from '../../lib/conditions.ts';
import { check } from '../../lib/failure.ts';
import { coreFeatures } from '../../lib/features.ts';
import { classNameOf } from '../../lib/manifests.ts';
import { conditionOf, describeConditions, describeName, generationOf, listAt, textAt } from '../../lib/read.ts';
import type { ConformanceTest } from '../../lib/test.ts';

const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted' } as const;

export const classStatus: readonly ConformanceTest[] = [
  {
    name: 'GatewayClassAccepted',
    description: 'A class with usable parameters is Accepted, for its current generation.',
    features: ['Gateway'],
    run: async (scope) => {
      const name = await copyClass(scope);
      await untilConditions(scope, classNameOf(name), { wanted: [accepted], within: scope.timeouts.status });
    },
  },
  {
    name: 'GatewayClassSupportedFeatures',
    description: 'status.supportedFeatures has the core features, each feature once, in ascending order.',
    features: ['Gateway', 'EgressRoute'],
    run: async (scope) => {
      const gatewayClass = await readClass(scope);
      const names = listAt(gatewayClass, 'status', 'supportedFeatures').map((entry) => textAt(entry, 'name'));
      const where = `${describeName(classNameOf(scope.world.gatewayClass))} status.supportedFeatures`;
      const seen = names.join(', ');
      check(
        coreFeatures.every((feature) => names.includes(feature)),
        {
          expected: `at least ${coreFeatures.join(', ')}`,
          seen,
          where,
        },
      );
      const ascending = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name);
      check(ascending, { expected: 'names in ascending order, each once', seen, where });
    },
  },
  {
    name: 'GatewayClassSupportedVersion',
    description:
      'The class says by condition SupportedVersion whether it knows the installed Gateway API; Accepted does not depend on it.',
    features: ['Gateway'],
    run: async (scope) => {
      const gatewayClass = await readClass(scope);
      const condition = conditionOf(gatewayClass.status, 'SupportedVersion');
      const reasons = { True: 'SupportedVersion', False: 'UnsupportedVersion', Unknown: '' };
      const isGood =
        condition !== undefined &&
        condition.reason === reasons[condition.status] &&
        condition.observedGeneration === generationOf(gatewayClass);
      check(isGood, {
        expected: 'SupportedVersion True/SupportedVersion or False/UnsupportedVersion for the current generation',
        seen: describeConditions(gatewayClass.status),
        where: `${describeName(classNameOf(scope.world.gatewayClass))} status.conditions`,
      });
    },
  },
  {
    name: 'GatewayClassObservedGeneration',
    description:
      'After a change of its spec the conditions of a class speak about the new generation, and lastTransitionTime stays.',
    features: ['Gateway'],
    run: async (scope) => {
      const name = classNameOf(await copyClass(scope));
      const wish = { wanted: [accepted], within: scope.timeouts.status };
      const before = await untilConditions(scope, name, wish);
      await scope.world.clock.sleep(1_100);
      await scope.world.api.patch(name, { spec: { description: 'changed' } });
      const after = await untilConditions(scope, name, wish);
      check(generationOf(after) > generationOf(before), {
        expected: 'a new generation',
        seen: `${generationOf(after)}`,
        where: `${describeName(name)} metadata.generation`,
      });
      checkTransitions(before.status, after.status, `${describeName(name)} status`);
    },
  },
  {
    name: 'GatewayClassInvalidParameters',
    description:
      'A class whose parametersRef is of an unknown kind or names an EgressClass that does not exist is not Accepted: InvalidParameters.',
    features: ['Gateway'],
    run: async (scope) => {
      const wanted = [{ type: 'Accepted', status: 'False', reason: 'InvalidParameters' }] as const;
      const missing = scope.uniqueName();
      for (const parametersRef of [
        { group: 'conformance.sallyport.dev', kind: 'Unknown', name: missing },
        { group: apiGroup, kind: 'EgressClass', name: missing },
      ]) {
        const name = await copyClass(scope, { parametersRef });
        await untilConditions(scope, classNameOf(name), { wanted, within: scope.timeouts.status });
      }
    },
  },
];
