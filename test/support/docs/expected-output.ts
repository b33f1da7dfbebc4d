/**
 * Holds what a command printed against what a page shows. A page is one reading: its addresses and node names stand for those of the
 * lab that it is run in, each for one and the same all along the page, an address for one that differs in its last two digits at most;
 * ages, times and the random ends of Pods' names are whatever they are; `…` is anything, alone on a line any number of lines. Blanks
 * between words count as one.
 */
export type Bindings = ReadonlyMap<string, string>;

/** How a part of a shown line may look when it is printed; a name's pattern is in a group. */
interface Part {
  readonly pattern: string;
  /** Of a thing of the lab, as the page calls it. */
  readonly name?: string;
}

const ipv4 = String.raw`\d{1,3}(?:\.\d{1,3}){3}`;
// Also hardware addresses, which are names like others.
const ipv6 = '[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){1,6}:[0-9a-f]{1,4}';
const node = String.raw`node-\d+`;

/** What stands for a thing of the lab. */
const names = new RegExp(
  String.raw`(?<![\w.:-])(?:(?<ipv4>${ipv4})|(?<ipv6>${ipv6})(?!:)|(?<node>${node}))(?![\w-])`,
  'g',
);
const namePatterns: Readonly<Record<string, (shown: string) => string>> = {
  ipv4: (shown) => withOtherEnd(shown, /\d{1,2}$/, String.raw`\d`),
  ipv6: (shown) => withOtherEnd(shown, /[0-9a-f]{1,2}$/, '[0-9a-f]'),
  node: () => node,
};
// So that a Pod that still leaves as its node does not pass for one that leaves as its Gateway.
const withOtherEnd = (shown: string, end: RegExp, digit: string) =>
  `${escapeText(shown.replace(end, ''))}${digit}{${end.exec(shown)?.[0].length}}`;

/** What differs from run to run, and means nothing; suffixes as Deployments, DaemonSets and Jobs make them. */
const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z`;
const age = String.raw`(?:\d+d)?(?:\d+h)?(?:\d+m)?\d+[smhd]`;
const suffix = '(?:[0-9a-f]{8,10}-)?[bcdfghjklmnpqrstvwxz2456789]{5}';
const freePatterns: Readonly<Record<string, string>> = { time, age, suffix, any: '.*?' };
const variable = new RegExp(
  String.raw`(?<time>${time})|(?<![\w.-])(?<age>${age})(?![\w-])|(?<=[a-z0-9]-)(?<suffix>${suffix})(?![\w-])|(?<any>…)|${names.source}`,
  'g',
);

/** The text with every bound name replaced. */
export function substitute(text: string, bindings: Bindings): string {
  return text.replace(names, (name) => bindings.get(name) ?? name);
}

/** Binds the names of a text that are not bound yet to themselves: it means them as they are. */
export function bindLiterally(text: string, bindings: Bindings): Bindings {
  const own = (text.match(names) ?? []).filter((name) => !bindings.has(name));
  return new Map([...bindings, ...own.map((name) => [name, name] as const)]);
}

/** The bindings after these lines, when they are what is shown; undefined when they are not. */
export function matchOutput(
  shown: readonly string[],
  printed: readonly string[],
  bindings: Bindings,
): Bindings | undefined {
  const [first, ...rest] = shown;
  if (first === undefined) return printed.length === 0 ? bindings : undefined;
  if (first.trim() === '…') {
    for (let skipped = 0; skipped <= printed.length; skipped++) {
      const found = matchOutput(rest, printed.slice(skipped), bindings);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const [line, ...others] = printed;
  const after = line === undefined ? undefined : matchLine(first, line, bindings);
  return after === undefined ? undefined : matchOutput(rest, others, after);
}

function matchLine(shown: string, printed: string, bindings: Bindings): Bindings | undefined {
  const parts = partsOf(squeeze(shown));
  const found = new RegExp(`^${parts.map(({ pattern }) => pattern).join('')}$`).exec(squeeze(printed));
  if (found === null) return undefined;
  const after = new Map(bindings);
  for (const [index, name] of parts.flatMap(({ name }) => name ?? []).entries()) {
    const value = found[index + 1] ?? '';
    const bound = after.get(name);
    // Two names of the page never stand for one thing.
    if (bound === undefined ? [...after.values()].includes(value) : bound !== value) return undefined;
    after.set(name, value);
  }
  return after;
}

const squeeze = (line: string) => line.trimEnd().replaceAll(/ {2,}/g, ' ');

function partsOf(line: string): readonly Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const { 0: text, index, groups = {} } of line.matchAll(variable)) {
    const [kind = ''] = Object.keys(groups).filter((name) => groups[name] !== undefined);
    const patternOf = namePatterns[kind];
    parts.push(literal(line.slice(at, index)));
    if (patternOf === undefined) parts.push({ pattern: freePatterns[kind] ?? '' });
    else parts.push({ name: text, pattern: `(${patternOf(text)})` });
    at = index + text.length;
  }
  return [...parts, literal(line.slice(at))];
}

const literal = (text: string): Part => ({ pattern: escapeText(text) });

function escapeText(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}
