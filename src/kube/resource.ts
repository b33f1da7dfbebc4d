import { keyOf, type ObjectName } from './object.ts';

/** How a kind is served: `group` is '' for the core group, `plural` the path segment. */
export interface ResourceRef {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** The `apiVersion` of a resource's objects. */
export function apiVersionOf(resource: ResourceRef): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** The path of a resource's collection in one namespace, or everywhere without one; throws RangeError on a name that is no path segment. */
export function collectionPath(resource: ResourceRef, namespace?: string): string {
  const root = resource.group === '' ? '/api' : `/apis/${segment(resource.group, 'group')}`;
  const base = `${root}/${segment(resource.version, 'version')}`;
  const plural = segment(resource.plural, 'resource');
  if (namespace === undefined) return `${base}/${plural}`;
  if (!resource.namespaced)
    throw new RangeError(`${resource.kind} is cluster-scoped: leave out the namespace ${JSON.stringify(namespace)}`);
  return `${base}/namespaces/${segment(namespace, 'namespace')}/${plural}`;
}

/** The path of one object, or of its subresource (status, scale, …). */
export function objectPath(resource: ResourceRef, at: ObjectName, subresource?: string): string {
  if (resource.namespaced && at.namespace === undefined)
    throw new RangeError(`${resource.kind} ${keyOf(at)} is namespaced: give its namespace`);
  const path = `${collectionPath(resource, at.namespace)}/${segment(at.name, 'name')}`;
  return subresource === undefined ? path : `${path}/${segment(subresource, 'subresource')}`;
}

// Kubernetes path segment names (k8s.io/apimachinery api/validation/path): neither dots alone, nor slash, nor percent.
// Longer than 253 is no object's name, control characters neither: refused here, so that no name can reach another object.
function segment(value: string, what: string): string {
  if (value === '' || value === '.' || value === '..' || value.length > 253 || hostile.test(value))
    throw new RangeError(`${JSON.stringify(value.slice(0, 300))} cannot be the ${what} in an API path`);
  return encodeURIComponent(value);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const hostile = /[/%\\?#\s\x00-\x1f\x7f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
