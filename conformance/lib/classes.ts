import { check } from './failure.ts';
import { classNameOf, gatewayApi } from './manifests.ts';
import { describeName, valueAt } from './read.ts';
import type { Scope } from './test.ts';
import type { KubeObject } from './world.ts';

/** A controller that nobody is: objects of its classes are none of the implementation's business. */
export const nobody = 'conformance.sallyport.dev/nobody';

/** The GatewayClass under test as it is now. */
export async function readClass(scope: Scope): Promise<KubeObject> {
  const name = classNameOf(scope.world.gatewayClass);
  const found = await scope.world.api.get(name);
  check(found !== undefined, { expected: 'the class under test', seen: 'it is gone', where: describeName(name) });
  return found;
}

/** Creates another class with the spec of the one under test, changed in some fields; answers its name. */
export async function copyClass(scope: Scope, change: object = {}): Promise<string> {
  const { spec } = await readClass(scope);
  const name = scope.uniqueName();
  const copied = { ...(typeof spec === 'object' ? spec : {}), ...change };
  await scope.create({ apiVersion: gatewayApi, kind: 'GatewayClass', metadata: { name }, spec: copied });
  return name;
}

/** The list of `metadata.finalizers`. */
export function finalizersOf(object: KubeObject): readonly string[] {
  const finalizers = valueAt(object, 'metadata', 'finalizers');
  return Array.isArray(finalizers) ? finalizers.filter((entry) => typeof entry === 'string') : [];
}
