import type { Condition } from '../../src/api/meta.ts';
import { eventually, found, type Look, missed } from './poll.ts';
import { conditionOf, describeConditions, describeName, generationOf } from './read.ts';
import type { Scope } from './test.ts';
import type { KubeObject, ObjectName } from './world.ts';

/** What a condition has to be. Without `reason` any will do. */
export interface WantedCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
}

/** `Accepted True/Accepted`, with or without reason. */
export function wordsOf({ type, status, reason }: WantedCondition): string {
  return `${type} ${status}${reason === undefined ? '' : `/${reason}`}`;
}

/** Whether all conditions are there, each for the object's current generation. */
export function lookForConditions(
  object: KubeObject,
  part: unknown,
  wanted: readonly WantedCondition[],
): Look<KubeObject> {
  const bad = wanted.find((want) => !fits(conditionOf(part, want.type), want, generationOf(object)));
  if (bad === undefined) return found(object);
  return missed(`generation ${generationOf(object)} with ${describeConditions(part)}`);
}

function fits(condition: Condition | undefined, want: WantedCondition, generation: number): boolean {
  return (
    condition?.status === want.status &&
    (want.reason === undefined || condition.reason === want.reason) &&
    condition.observedGeneration === generation
  );
}

/** Which part of an object has the conditions, and its path for messages. */
export interface Part {
  readonly path: string;
  pick(object: KubeObject): unknown;
}

const wholeStatus: Part = { path: 'status', pick: (object) => object.status };

/** Waits until a part of an object (its status by default) has these conditions for its current generation; answers the object. */
export async function untilConditions(
  scope: Scope,
  name: ObjectName,
  wish: { readonly wanted: readonly WantedCondition[]; readonly within: number; readonly part?: Part },
): Promise<KubeObject> {
  const { wanted, within, part = wholeStatus } = wish;
  const where = `${describeName(name)} ${part.path}.conditions`;
  const expected = `${wanted.map(wordsOf).join(', ')} for the current generation`;
  return await eventually(scope, { expected, where, within }, async () => {
    const object = await scope.world.api.get(name);
    return object === undefined ? missed('it does not exist') : lookForConditions(object, part.pick(object), wanted);
  });
}
