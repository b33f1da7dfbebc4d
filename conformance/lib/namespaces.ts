import type { Scope } from './test.ts';

/** Creates a namespace of the test's own; answers its name. */
export async function createNamespace(scope: Scope, labels: Readonly<Record<string, string>> = {}): Promise<string> {
  const name = scope.uniqueName();
  await scope.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  return name;
}
