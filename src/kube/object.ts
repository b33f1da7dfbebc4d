/** A Kubernetes object as it came over the wire: nothing but its metadata's name is known, unknown fields are kept. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** Which object of a resource; without namespace for cluster-scoped resources. */
export interface ObjectName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** The key of an object in stores and queues: "namespace/name", or "name" for cluster-scoped objects. */
export function keyOf(at: ObjectName): string {
  return at.namespace === undefined || at.namespace === '' ? at.name : `${at.namespace}/${at.name}`;
}

/** Inverse of `keyOf`: object names contain no slash. */
export function nameOfKey(key: string): ObjectName {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Whether a parsed JSON value has the least that every object has: metadata with a name. */
export function isKubeObject(value: unknown): value is KubeObject {
  if (!isRecord(value) || !isRecord(value['metadata'])) return false;
  const { name, namespace, resourceVersion } = value['metadata'];
  return typeof name === 'string' && name !== '' && isOptionalText(namespace) && isOptionalText(resourceVersion);
}

/** Whether a parsed JSON value is an object or an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
