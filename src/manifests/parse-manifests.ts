import { type Document, isCollection, isNode, isScalar, LineCounter, type Pair, parseAllDocuments } from 'yaml';
import type { Path } from './path.ts';

/** One object of a file, not looked at beyond its kind. */
export interface ManifestObject {
  readonly file: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly apiVersion: string;
  readonly kind: string;
  /** Plain data as the file has it, with the apiVersion and kind that it has from its list. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The line of a field's key, or of an entry of a list; of the nearest field above it that is there. */
  lineOf(path: Path): number;
}

/** What makes a part of a file no manifest. */
export interface ManifestProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface Manifests {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly ManifestProblem[];
}

// Aliases may stand for one another many times over; nobody's manifests need more.
const mostAliases = 100;

/** The objects of a file of YAML documents or of JSON, those of lists one by one; a document that cannot be read is a problem and stops nothing else. */
export function parseManifests(file: string, text: string): Manifests {
  const lines = new LineCounter();
  const read = parseAllDocuments(text, { lineCounter: lines, merge: true, logLevel: 'silent' });
  // The parser's other answer is an empty list with what it found on the way.
  const documents: readonly Document[] = Array.isArray(read) ? read : [];
  return join(documents.map((document) => parseDocument({ file, document, lines })));
}

interface Place {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

function parseDocument(place: Place): Manifests {
  const { file, document, lines } = place;
  const [error] = document.errors;
  if (error !== undefined) {
    const message = `is not YAML: ${firstLine(error.message)}`;
    return { objects: [], problems: [{ file, line: lines.linePos(error.pos[0]).line, message }] };
  }
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return join([]);
  try {
    return parseObject(place, document.toJS({ maxAliasCount: mostAliases }), []);
  } catch (thrown) {
    return fail(place, `cannot be read: ${firstLine(thrown instanceof Error ? thrown.message : String(thrown))}`, []);
  }
}

// yaml's messages go on with a picture of the place.
function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}

function parseObject(place: Place, value: unknown, path: Path): Manifests {
  const rule = 'a manifest has apiVersion, kind and metadata';
  if (!isRecord(value)) return fail(place, `is no object: ${rule}`, path);
  const { apiVersion, kind, items } = value;
  if (!isText(apiVersion) || !isText(kind)) {
    const missing = [isText(apiVersion) ? [] : 'apiVersion', isText(kind) ? [] : 'kind'].flat();
    return fail(place, `has no ${missing.join(' and no ')}: ${rule}`, path);
  }
  if (kind.endsWith('List') && Array.isArray(items))
    return join(
      items.map((item: unknown, index) =>
        parseObject(place, withKind(item, { apiVersion, kind }), [...path, 'items', index]),
      ),
    );
  const lineOf = (inner: Path) => lineAt(place, [...path, ...inner]);
  return { objects: [{ file: place.file, line: lineOf([]), apiVersion, kind, fields: value, lineOf }], problems: [] };
}

// Items of a typed list (GatewayList) need not say what they are; kubectl fills it in, too.
function withKind(item: unknown, { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }) {
  return !isRecord(item) || kind === 'List' ? item : { apiVersion, kind: kind.slice(0, -'List'.length), ...item };
}

function fail(place: Place, message: string, path: Path): Manifests {
  return { objects: [], problems: [{ file: place.file, line: lineAt(place, path), message }] };
}

const join = (all: readonly Manifests[]): Manifests => ({
  objects: all.flatMap(({ objects }) => objects),
  problems: all.flatMap(({ problems }) => problems),
});

function lineAt({ document, lines }: Place, path: Path): number {
  let at: unknown = document.contents;
  let offset = offsetOf(at);
  for (const step of path) {
    // Of a key with its value, the key is where people look.
    const key = isCollection(at)
      ? at.items.map((item) => (item as Partial<Pair>).key).find((each) => isKey(each, step))
      : undefined;
    at = isCollection(at) ? at.get(step, true) : undefined;
    const next = offsetOf(key) ?? offsetOf(at);
    if (next === undefined) break;
    offset = next;
  }
  return lines.linePos(offset ?? 0).line;
}

const isKey = (key: unknown, step: string | number): boolean => isScalar(key) && key.value === step;
const offsetOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
