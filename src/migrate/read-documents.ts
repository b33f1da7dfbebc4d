import { type ManifestObject, type ManifestProblem, parseManifests } from '../manifests/parse-manifests.ts';

/** One Kubernetes object of a file, not looked at beyond its name. */
export interface SourceObject extends ManifestObject {
  readonly namespace?: string;
  readonly name: string;
}

/** Something that cannot be read; without a line where it is the file. */
export interface Problem {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

export interface Documents {
  readonly objects: readonly SourceObject[];
  readonly problems: readonly Problem[];
}

/** The objects of a file that have a name; what is malformed becomes a problem and stops nothing else. */
export function readDocuments(file: string, text: string): Documents {
  const parsed = parseManifests(file, text);
  const read = parsed.objects.map(nameObject);
  const problems = [...parsed.problems, ...read.flatMap(({ problem }) => problem ?? [])];
  return { objects: read.flatMap(({ object }) => object ?? []), problems: problems.sort((a, b) => a.line - b.line) };
}

/** Either of them. */
interface Named {
  readonly object?: SourceObject;
  readonly problem?: ManifestProblem;
}

function nameObject(parsed: ManifestObject): Named {
  const { file, line, kind, fields } = parsed;
  const fail = (message: string): Named => ({ problem: { file, line, message: `${kind}: ${message}` } });
  const { name, namespace = '' } = (fields['metadata'] ?? {}) as { name?: unknown; namespace?: unknown };
  if (typeof name !== 'string' || name === '') return fail('metadata.name: is required, and is a string');
  if (typeof namespace !== 'string' || !/^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$/.test(namespace))
    return fail(`metadata.namespace: must be a namespace's name, not ${JSON.stringify(namespace)}`);
  return { object: { ...parsed, ...(namespace === '' ? {} : { namespace }), name } };
}
