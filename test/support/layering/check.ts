import { type Edge, findCircles, type Graph, type Module, reachableFrom } from './graph.ts';

/** A rule on imports; `why` ends the message of a violation. */
export type Rule =
  | {
      /** Files of `from` import nothing but `may` (and `mayTypes`, type-only). */
      readonly kind: 'only-imports';
      readonly from: RegExp;
      readonly may: readonly RegExp[];
      readonly mayTypes?: readonly RegExp[];
      readonly why: string;
    }
  | {
      /** As `only-imports`, through any number of files of `within`; what lies outside has rules of its own. */
      readonly kind: 'only-reaches';
      readonly from: RegExp;
      readonly within: RegExp;
      readonly may: readonly RegExp[];
      readonly why: string;
    }
  | {
      /** `target` is imported by files of `by` only; type-only imports are free with `atRunTime`. */
      readonly kind: 'only-imported-by';
      readonly target: RegExp;
      readonly by: RegExp;
      readonly atRunTime?: true;
      readonly why: string;
    }
  | {
      /** Nothing that `from` loads at run time, through any number of files, is `target`. */
      readonly kind: 'never-loads';
      readonly from: RegExp;
      readonly target: RegExp;
      readonly why: string;
    }
  | {
      /** The globals are used by files of `by` only. */
      readonly kind: 'only-used-by';
      readonly globals: RegExp;
      readonly by: RegExp;
      readonly why: string;
    }
  | { readonly kind: 'resolves'; readonly packages: readonly string[]; readonly why: string }
  | { readonly kind: 'no-circles'; readonly why: string };

/** Every breach of the rules, one line each, sorted; empty when the tree keeps them. */
export function checkLayering(graph: Graph, rules: readonly Rule[]): string[] {
  return [...new Set(rules.flatMap((rule) => breaches(graph, rule).map((text) => `${text}: ${rule.why}`)))].sort();
}

function breaches(graph: Graph, rule: Rule): string[] {
  const modules = [...graph.values()];
  switch (rule.kind) {
    case 'only-imports':
      return modules
        .filter(({ path }) => rule.from.test(path))
        .flatMap((module) => badEdges(module, (edge) => mayImport(rule, edge)));
    case 'only-reaches':
      return modules.filter(({ path }) => rule.from.test(path)).flatMap(({ path }) => badReach(graph, path, rule));
    case 'only-imported-by':
      return modules
        .filter(({ path }) => !rule.by.test(path))
        .flatMap((module) =>
          badEdges(module, (edge) => !rule.target.test(edge.target) || (rule.atRunTime === true && edge.typeOnly)),
        );
    case 'never-loads':
      return modules
        .filter(({ path }) => rule.from.test(path))
        .flatMap(({ path }) => badLoads(graph, path, rule.target));
    case 'only-used-by':
      return modules
        .filter(({ path }) => !rule.by.test(path))
        .flatMap(({ path, globals }) =>
          globals.filter(({ name }) => rule.globals.test(name)).map((use) => `${path}:${use.line} uses ${use.name}`),
        );
    case 'resolves':
      return modules.flatMap((module) => badEdges(module, ({ target }) => resolves(graph, rule.packages, target)));
    case 'no-circles':
      return findCircles(graph).map((circle) => `${[...circle, circle[0]].join(' → ')} is a circle`);
  }
}

function badEdges(module: Module, isGood: (edge: Edge) => boolean): string[] {
  return module.edges
    .filter((edge) => !isGood(edge))
    .map((edge) => `${module.path}:${edge.line} imports ${edge.target}`);
}

function mayImport(rule: Rule & { kind: 'only-imports' }, edge: Edge): boolean {
  const may = edge.typeOnly ? [...rule.may, ...(rule.mayTypes ?? [])] : rule.may;
  return may.some((pattern) => pattern.test(edge.target));
}

function badReach(graph: Graph, path: string, rule: Rule & { kind: 'only-reaches' }): string[] {
  const ways = reachableFrom(graph, path, (_, at) => rule.within.test(at));
  return [...ways]
    .filter(([target]) => target !== path && !rule.may.some((pattern) => pattern.test(target)))
    .map(([, way]) => `${path} reaches ${way.slice(1).join(' → ')}`);
}

function badLoads(graph: Graph, path: string, target: RegExp): string[] {
  const ways = reachableFrom(graph, path, (edge) => !edge.typeOnly);
  return [...ways].filter(([reached]) => target.test(reached)).map(([, way]) => `${way.join(' → ')} is loaded`);
}

function resolves(graph: Graph, packages: readonly string[], target: string): boolean {
  return target.startsWith('node:') || graph.has(target) || target.endsWith('.json') || packages.includes(target);
}
