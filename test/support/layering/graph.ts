import { posix } from 'node:path';
import { type FoundImport, scanSource } from './scan-source.ts';

/** One import with what it means: a file of the tree ("src/net/ip.ts"), or a package or builtin ("pino", "node:fs"). */
export interface Edge extends FoundImport {
  readonly target: string;
}

export interface Module {
  readonly path: string;
  readonly edges: readonly Edge[];
  readonly globals: readonly { readonly name: string; readonly line: number }[];
}

export type Graph = ReadonlyMap<string, Module>;

/** The import graph of a set of sources by path ("src/…", with slashes). */
export function graphOf(sources: Readonly<Record<string, string>>): Graph {
  return new Map(
    Object.entries(sources).map(([path, source]) => {
      const { imports, globals } = scanSource(source);
      return [
        path,
        { path, globals, edges: imports.map((found) => ({ ...found, target: targetOf(path, found.specifier) })) },
      ];
    }),
  );
}

/** Modules that are reached from a path, itself included, each with the way to it; `follow` is asked for each edge and the file it is in. */
export function reachableFrom(
  graph: Graph,
  path: string,
  follow: (edge: Edge, at: string) => boolean,
): Map<string, readonly string[]> {
  const ways = new Map<string, readonly string[]>([[path, [path]]]);
  // A Map may grow while it is walked: this is a breadth-first search.
  for (const [at, way] of ways) {
    for (const edge of graph.get(at)?.edges ?? []) {
      if (follow(edge, at) && !ways.has(edge.target)) ways.set(edge.target, [...way, edge.target]);
    }
  }
  return ways;
}

/** Circles of imports, each once, as the paths along it. */
export function findCircles(graph: Graph): string[][] {
  const tangle = withoutEnds(graph);
  const circles = new Map<string, string[]>();
  for (const path of tangle.keys()) {
    for (const edge of tangle.get(path)?.edges ?? []) {
      const way = tangle.has(edge.target) ? reachableFrom(tangle, edge.target, () => true).get(path) : undefined;
      if (way !== undefined) circles.set([...way].sort().join(), [...way]);
    }
  }
  return [...circles.values()];
}

// What imports nothing of the graph is in no circle; taking it away again and again leaves the circles and what leads to them.
function withoutEnds(graph: Graph): Graph {
  let rest = graph;
  for (;;) {
    const inner = new Map([...rest].filter(([, { edges }]) => edges.some(({ target }) => rest.has(target))));
    if (inner.size === rest.size) return rest;
    rest = inner;
  }
}

function targetOf(path: string, specifier: string | undefined): string {
  if (specifier === undefined) return '(computed)';
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier);
  if (specifier.startsWith('node:')) return specifier;
  // "@scope/name/deep" and "name/deep" are the package.
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
