import { isObject, type Problem } from './model.ts';

/** RFC 1123 subdomain, as names of almost all objects are (k8s.io/apimachinery validation). */
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const labelName = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)$/;

/** What of an object's metadata the API server refuses: name, namespace, labels and annotations. */
export function checkMetadata(
  metadata: unknown,
  { kind, namespaced }: { readonly kind: string; readonly namespaced: boolean },
): readonly Problem[] {
  if (!isObject(metadata)) return [{ path: 'metadata', message: 'is required, and is an object' }];
  return [
    ...checkName(metadata['name'], kind),
    ...checkNamespace(metadata['namespace'], kind, namespaced),
    ...checkMap(metadata['labels'], 'metadata.labels', true),
    ...checkMap(metadata['annotations'], 'metadata.annotations', false),
  ];
}

function checkName(name: unknown, kind: string): readonly Problem[] {
  const path = 'metadata.name';
  if (typeof name !== 'string' || name === '') return [{ path, message: 'is required, and is a string' }];
  const [pattern, most] = kind === 'Namespace' ? [label, 63] : [subdomain, 253];
  if (name.length > most) return [{ path, message: `must have at most ${most} characters, not ${name.length}` }];
  const rule = 'lower-case letters, digits and -, beginning and ending with a letter or digit';
  return pattern.test(name) ? [] : [{ path, message: `must consist of ${rule}, not ${JSON.stringify(name)}` }];
}

function checkNamespace(namespace: unknown, kind: string, namespaced: boolean): readonly Problem[] {
  const path = 'metadata.namespace';
  if (namespace === undefined || namespace === '') return [];
  if (!namespaced) return [{ path, message: `must be absent: ${kind} is cluster-scoped` }];
  return typeof namespace === 'string' && namespace.length <= 63 && label.test(namespace)
    ? []
    : [{ path, message: `must be a namespace's name, not ${JSON.stringify(namespace)}` }];
}

function checkMap(map: unknown, path: string, isLabels: boolean): readonly Problem[] {
  if (map === undefined || map === null) return [];
  if (!isObject(map)) return [{ path, message: 'must be an object of strings' }];
  return Object.entries(map).flatMap(([key, value]) => {
    const at = `${path}[${JSON.stringify(key)}]`;
    if (!isQualified(key)) return [{ path: at, message: 'must have a key like app.kubernetes.io/name' }];
    if (typeof value !== 'string')
      return [{ path: at, message: `must be a string: write ${JSON.stringify(String(value))}` }];
    const isWrong = isLabels && value !== '' && (value.length > 63 || !labelName.test(value));
    return isWrong ? [{ path: at, message: `is no label value: ${JSON.stringify(value)}` }] : [];
  });
}

function isQualified(key: string): boolean {
  const [name = '', prefix, ...more] = key.split('/').reverse();
  if (more.length > 0 || name.length > 63 || !labelName.test(name)) return false;
  return prefix === undefined || (prefix.length <= 253 && subdomain.test(prefix));
}
