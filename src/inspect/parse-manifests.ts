import { isCollection, isNode, isScalar, LineCounter, type Node, parseAllDocuments } from 'yaml';

/** One object of a manifest, unread. */
export interface ManifestObject {
  readonly file: string;
  /** Where it begins, from 1. */
  readonly line: number;
  readonly raw: unknown;
  /** The line of a field like "spec.rules[0].matches"; of the nearest field around it when it is not there. */
  lineOf(path: string): number;
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

/** All objects of a file of YAML documents or of JSON; a document that cannot be read is a problem and takes none of the others with it. */
export function parseManifests(file: string, text: string): Manifests {
  const lines = new LineCounter();
  const objects: ManifestObject[] = [];
  const problems: ManifestProblem[] = [];
  const documents = parseAllDocuments(text, { lineCounter: lines, merge: true, logLevel: 'silent' });
  for (const document of Array.isArray(documents) ? documents : []) {
    const [error] = document.errors;
    if (error !== undefined) {
      problems.push({ file, line: lines.linePos(error.pos[0]).line, message: plainMessage(error.message) });
      continue;
    }
    const { contents } = document;
    if (contents === null || (isScalar(contents) && contents.value === null)) continue;
    const lineAt = (node: Node): number => lines.linePos(node.range?.[0] ?? 0).line;
    try {
      objects.push(...listed({ file, raw: document.toJS({ maxAliasCount: mostAliases }), node: contents, lineAt }));
    } catch (thrown) {
      const message = plainMessage(thrown instanceof Error ? thrown.message : String(thrown));
      problems.push({ file, line: lineAt(contents), message });
    }
  }
  return { objects, problems };
}

// yaml's messages go on with an excerpt of the text.
function plainMessage(message: string): string {
  const [first = ''] = message.split('\n');
  return `is no YAML: ${first.replace(/ at line \d+, column \d+:?$/, '')}`;
}

interface Found {
  readonly file: string;
  readonly raw: unknown;
  readonly node: Node;
  readonly lineAt: (node: Node) => number;
}

/** A List counts as its items (kubectl get -o yaml). */
function listed(found: Found): readonly ManifestObject[] {
  const { raw, node, file, lineAt } = found;
  const items = isList(raw) ? raw.items : undefined;
  if (items === undefined) return [{ file, raw, line: lineAt(node), lineOf: (path) => lineAt(nodeAt(node, path)) }];
  return items.flatMap((item, index) => listed({ ...found, raw: item, node: nodeAt(node, `items[${index}]`) }));
}

function isList(raw: unknown): raw is { readonly items: readonly unknown[] } {
  if (typeof raw !== 'object' || raw === null) return false;
  const { kind, items } = raw as { readonly kind?: unknown; readonly items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items);
}

function nodeAt(root: Node, path: string): Node {
  let at = root;
  for (const step of stepsOf(path)) {
    const next: unknown = isCollection(at) ? at.get(step, true) : undefined;
    if (!isNode(next)) return at;
    at = next;
  }
  return at;
}

// "spec.rules[0].labels["a.b/c"]" to its steps.
function stepsOf(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, name]) => {
    if (quoted !== undefined) return JSON.parse(`"${quoted}"`) as string;
    return index === undefined ? (name ?? '') : Number(index);
  });
}
