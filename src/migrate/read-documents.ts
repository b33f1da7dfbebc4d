import { type Document, isCollection, LineCounter, parseAllDocuments } from 'yaml';

/** Keys and places in lists from the top of an object to one of its fields. */
export type Path = readonly (string | number)[];

/** One Kubernetes object of a file, not looked at beyond its name; `fields` is plain data as the file has it. */
export interface SourceObject {
  readonly file: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The line of a field; of the nearest field above it that is there. */
  lineOf(path: Path): number;
}

/** Something in a file that cannot be read; `field` is its path in the object. */
export interface Problem {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

export interface Documents {
  readonly objects: readonly SourceObject[];
  readonly problems: readonly Problem[];
}

/** The objects of a file of YAML documents or JSON, those of lists one by one; what is malformed becomes a problem and stops nothing else. */
export function readDocuments(file: string, text: string): Documents {
  const lines = new LineCounter();
  const read = parseAllDocuments(text, { lineCounter: lines, merge: true });
  // The parser's other answer is an empty list with what it found on the way.
  const documents: readonly Document[] = Array.isArray(read) ? read : [];
  const found = documents.map((document) => readDocument({ file, document, lines }));
  return { objects: found.flatMap(({ objects }) => objects), problems: found.flatMap(({ problems }) => problems) };
}

interface Place {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

function readDocument(place: Place): Documents {
  const { file, document } = place;
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line;
    // What follows the first line is a picture of the place.
    const message = `is not YAML: ${(error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '')}`;
    return { objects: [], problems: [{ file, message, ...(line === undefined ? {} : { line }) }] };
  }
  const value = plain(document);
  if (typeof value === 'string') return fail(place, value);
  return value.data === null || value.data === undefined ? nothing : readObject(place, value.data, []);
}

// An alias to an alias to an alias makes a small file large.
function plain(document: Document): { readonly data: unknown } | string {
  try {
    return { data: document.toJS() };
  } catch (error) {
    return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const nothing: Documents = { objects: [], problems: [] };

function readObject(place: Place, value: unknown, path: Path): Documents {
  if (!isRecord(value))
    return fail(place, 'is no object: a Kubernetes manifest has apiVersion, kind and metadata', path);
  const { apiVersion, kind, items } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    return fail(place, 'has no apiVersion and kind, so that it is no Kubernetes manifest', path);
  if (kind.endsWith('List') && Array.isArray(items)) {
    const found = items.map((item: unknown, index) =>
      readObject(place, withKind(item, value), [...path, 'items', index]),
    );
    return { objects: found.flatMap(({ objects }) => objects), problems: found.flatMap(({ problems }) => problems) };
  }
  const { name, namespace = '' } = isRecord(value['metadata']) ? value['metadata'] : {};
  if (typeof name !== 'string' || name === '') return fail(place, `${kind}: metadata.name is missing`, path);
  if (typeof namespace !== 'string' || !/^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$/.test(namespace))
    return fail(place, `${kind}: metadata.namespace is ${JSON.stringify(namespace)}, no name of a namespace`, path);
  const lineOf = (inner: Path) => lineAt(place, [...path, ...inner]);
  const named = namespace === '' ? {} : { namespace };
  const { file } = place;
  return {
    objects: [{ file, line: lineOf([]), apiVersion, kind, ...named, name, fields: value, lineOf }],
    problems: [],
  };
}

// Items of a typed list (CiliumEgressGatewayPolicyList) need not say what they are.
function withKind(item: unknown, list: Readonly<Record<string, unknown>>): unknown {
  if (!isRecord(item) || list['kind'] === 'List') return item;
  return { apiVersion: list['apiVersion'], kind: String(list['kind']).slice(0, -'List'.length), ...item };
}

function fail(place: Place, message: string, path: Path = []): Documents {
  return { objects: [], problems: [{ file: place.file, line: lineAt(place, path), message }] };
}

function lineAt({ document, lines }: Place, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return 1;
}

// Of a key with its value, the key is where people look.
function offsetOf(document: Document, path: Path): number | undefined {
  const parent: unknown = path.length <= 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (last !== undefined && typeof last === 'string' && isCollection(parent)) {
    for (const item of parent.items) {
      const key = (item as { readonly key?: { readonly value?: unknown; readonly range?: readonly number[] } }).key;
      if (key?.value === last) return key.range?.[0];
    }
    return undefined;
  }
  const node: unknown = last === undefined ? document.contents : document.getIn(path, true);
  return (node as { readonly range?: readonly number[] } | undefined)?.range?.[0];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
