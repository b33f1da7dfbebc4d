import type { Condition } from '../../src/api/meta.ts';
import { changedFields, fieldsOf } from './changed-fields.ts';
import { check } from './failure.ts';
import { eventually, found, missed, throughout } from './poll.ts';
import { conditionOf, conditionsOf, describeCondition, describeName } from './read.ts';
import type { Scope } from './test.ts';
import type { KubeObject, ObjectName } from './world.ts';

/** The object, which must exist. */
export async function readObject(scope: Scope, name: ObjectName): Promise<KubeObject> {
  const object = await scope.world.api.get(name);
  check(object !== undefined, { expected: 'that it exists', seen: 'it does not', where: describeName(name) });
  return object;
}

/** Waits until an object is gone. */
export async function untilGone(scope: Scope, name: ObjectName): Promise<void> {
  const wish = { expected: 'that it is gone', where: describeName(name), within: scope.timeouts.deletion };
  await eventually(scope, wish, async () => {
    const object = await scope.world.api.get(name);
    if (object === undefined) return found(undefined);
    const { deletionTimestamp = 'none', finalizers = [] } = object.metadata;
    return missed(`it is there, deletionTimestamp ${deletionTimestamp}, finalizers [${finalizers.join(', ')}]`);
  });
}

/** Fails when anything writes the object within the quiet time. */
export async function staysUntouched(scope: Scope, name: ObjectName): Promise<void> {
  const before = await readObject(scope, name);
  const { resourceVersion } = before.metadata;
  const wish = { expected: `no write: resourceVersion ${resourceVersion}`, where: describeName(name) };
  await throughout(scope, { ...wish, within: scope.timeouts.quiet }, async () => {
    const after = await readObject(scope, name);
    return after.metadata.resourceVersion === resourceVersion ? found(undefined) : missed(describeWrite(before, after));
  });
}

/** Which fields a write changed. */
function describeWrite(before: KubeObject, after: KubeObject): string {
  const fields = (object: KubeObject) =>
    new Map(fieldsOf('', object).filter(([path]) => !path.startsWith('metadata.managedFields.')));
  return changedFields(fields(before), fields(after)).join('; ');
}

/** Fails unless every condition's lastTransitionTime is as before where its status is. */
export function checkTransitions(before: unknown, after: unknown, where: string): void {
  for (const condition of conditionsOf(after)) {
    const earlier = conditionOf(before, condition.type);
    const kept = earlier?.status !== condition.status || earlier.lastTransitionTime === condition.lastTransitionTime;
    check(kept, {
      expected: `lastTransitionTime ${earlier?.lastTransitionTime}, because status did not change`,
      seen: `${condition.lastTransitionTime} in ${describeCondition(condition)}`,
      where: `${where}.conditions[${condition.type}]`,
    });
  }
}

/** Fails unless every condition speaks about this generation, has a reason, and a time; `Ready` is reserved (GEP-1364). */
export function checkConditions(conditions: readonly Condition[], generation: number, where: string): void {
  check(conditions.length > 0 && conditions.length <= 8, {
    expected: 'one to eight conditions',
    seen: `${conditions.length}`,
    where,
  });
  for (const condition of conditions) {
    const { type, reason, lastTransitionTime, observedGeneration } = condition;
    const whole = type !== 'Ready' && reason !== '' && !Number.isNaN(Date.parse(lastTransitionTime));
    check(whole && observedGeneration === generation, {
      expected: `a reason, a time and observedGeneration ${generation}; never type Ready`,
      seen: `${describeCondition(condition)}, since ${lastTransitionTime}`,
      where: `${where}.conditions[${type}]`,
    });
  }
}

/** Waits at least until the next second by the API server's clock: creationTimestamps have no more than seconds. */
export async function untilNextSecond(scope: Scope): Promise<void> {
  await scope.world.clock.sleep(1_100);
}
