import type { Condition } from '../../src/api/meta.ts';
import type { KubeObject, ObjectName } from './world.ts';

// Objects come from the implementation under test: nothing in them is believed before it was looked at.

/** The value at a path of keys and indexes, undefined where there is none. */
export function valueAt(value: unknown, ...path: readonly (string | number)[]): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Readonly<Record<string | number, unknown>>)[step];
  }
  return at;
}

/** The list at a path, empty where there is none. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The text at a path, empty where there is none. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** The conditions in whatever has a `conditions` list; malformed fields become empty ones. */
export function conditionsOf(value: unknown): readonly Condition[] {
  return listAt(value, 'conditions').map((entry) => {
    const observed = valueAt(entry, 'observedGeneration');
    const status = textAt(entry, 'status');
    return {
      type: textAt(entry, 'type'),
      status: status === 'True' || status === 'False' ? status : 'Unknown',
      reason: textAt(entry, 'reason'),
      message: textAt(entry, 'message'),
      lastTransitionTime: textAt(entry, 'lastTransitionTime'),
      ...(typeof observed === 'number' ? { observedGeneration: observed } : {}),
    };
  });
}

/** The condition of a type. */
export function conditionOf(value: unknown, type: string): Condition | undefined {
  return conditionsOf(value).find((condition) => condition.type === type);
}

/** Conditions as a failure's message shows them. */
export function describeConditions(value: unknown): string {
  const conditions = conditionsOf(value);
  if (conditions.length === 0) return 'no conditions';
  return conditions.map(describeCondition).join('; ');
}

/** One condition in one line. */
export function describeCondition({ type, status, reason, message, observedGeneration }: Condition): string {
  const text = message.length > 200 ? `${message.slice(0, 199)}…` : message;
  return `${type} ${status}/${reason} (generation ${observedGeneration ?? 'none'}): ${text}`;
}

/** `Kind namespace/name`. */
export function describeName({ kind, namespace, name }: Pick<ObjectName, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** The name by which an object is read again. */
export function nameOf({ apiVersion, kind, metadata: { namespace, name } }: KubeObject): ObjectName {
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

export const generationOf = (object: KubeObject): number => object.metadata.generation ?? 0;
