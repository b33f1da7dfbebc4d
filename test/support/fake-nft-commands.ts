import { NftError, type NftFailure } from '../../src/dataplane/nft/classify.ts';
import { isRuleDigest } from '../../src/dataplane/nft/digest.ts';
import { canonicalPart, canonicalValue, catchAll } from '../../src/dataplane/nft/element.ts';
import type {
  NftFamily,
  NftHook,
  NftKeyType,
  NftSetFlag,
  NftValueType,
  ObservedChain,
  ObservedTable,
} from '../../src/dataplane/nft/model.ts';

interface FakeKeyed {
  readonly key: readonly NftKeyType[];
  readonly value?: NftValueType;
  readonly flags: readonly NftSetFlag[];
  readonly timeout?: number;
  readonly size?: number;
  readonly elements: ReadonlyMap<string, string>;
}

interface FakeChain {
  readonly base?: NftHook;
  readonly rules: readonly string[];
}

/** A table in memory; a transaction changes a copy, so that one that fails leaves nothing behind. */
export interface FakeTable {
  readonly family: NftFamily;
  readonly name: string;
  readonly counters: Set<string>;
  readonly keyed: Map<string, FakeKeyed>;
  readonly chains: Map<string, FakeChain>;
}

/** What a transaction has made of the tables so far. */
export interface Draft {
  readonly tables: Map<string, FakeTable>;
  /** Those that are its own already. */
  readonly own: Set<FakeTable>;
}

const grammar =
  /^(add|delete|flush) (table|counter|set|map|chain|rule|element) (\w+) ([\w.-]+)(?: ([\w.-]+))?(?: (.*))?$/;

/** Runs one command of the form that commands.ts writes, refusing what the kernel would refuse. */
export function runCommand({ tables, own }: Draft, command: string, line: number): void {
  const fail: Fail = (failure) => {
    throw new NftError({ failure, line, message: `${failure}: ${command}` });
  };
  const match = grammar.exec(command) ?? fail('syntax');
  const [, verb = '', kind = '', family = '', tableName = '', name = '', rest = ''] = match;
  const path = `${family} ${tableName}`;
  const table = tables.get(path);
  if (kind === 'table') {
    if (verb === 'add') tables.set(path, table ?? emptyTable(family as NftFamily, tableName));
    else if (!tables.delete(path)) fail('not-found');
    return;
  }
  const found = table ?? fail('not-found');
  const draft = own.has(found) ? found : copyOf(found);
  own.add(draft);
  tables.set(path, draft);
  change({ verb, kind, name, rest, fail }, draft);
}

function copyOf({ counters, keyed, chains, ...table }: FakeTable): FakeTable {
  return { ...table, counters: new Set(counters), keyed: new Map(keyed), chains: new Map(chains) };
}

/** What `nft` would show of it. */
export function observeFake(table: FakeTable): ObservedTable {
  const named = [...table.keyed].map(([name, { elements, value, ...shape }]) => ({ name, elements, value, shape }));
  named.sort(byName);
  return {
    family: table.family,
    name: table.name,
    counters: [...table.counters].sort(),
    sets: named.flatMap(({ name, elements, value, shape }) =>
      value === undefined ? [{ name, ...shape, elements: [...elements.keys()].sort() }] : [],
    ),
    maps: named.flatMap(({ name, elements, value, shape }) =>
      value === undefined
        ? []
        : [{ name, ...shape, value, elements: [...elements].sort(([a], [b]) => (a < b ? -1 : 1)) }],
    ),
    chains: [...table.chains]
      .map(
        ([name, chain]): ObservedChain => ({
          name,
          ...(chain.base === undefined ? {} : { base: chain.base }),
          digests: chain.rules.map(digestIn),
        }),
      )
      .sort(byName),
  };
}

type Fail = (failure: NftFailure) => never;

interface Command {
  readonly verb: string;
  readonly kind: string;
  readonly name: string;
  readonly rest: string;
  readonly fail: Fail;
}

function change(command: Command, table: FakeTable): void {
  const { verb, kind } = command;
  if (kind === 'counter') changeCounters(command, table);
  else if (kind === 'element') changeElements(command, table);
  else if (kind === 'set' || kind === 'map') changeKeyed(command, table);
  else if (kind === 'chain' && verb !== 'flush') changeChains(command, table);
  else changeRules(command, table);
}

function changeCounters({ verb, name, fail }: Command, table: FakeTable): void {
  if (verb === 'add') return void table.counters.add(name);
  if (!table.counters.delete(name)) fail('not-found');
  if (allRules(table).some((rule) => rule.includes(`"${name}"`)) || isValue(table, 'counter', name)) fail('busy');
}

function changeKeyed({ verb, name, rest, fail }: Command, table: FakeTable): void {
  if (verb === 'add') {
    if (table.keyed.has(name)) fail('exists');
    return void table.keyed.set(name, readShape(rest));
  }
  if (!table.keyed.delete(name)) fail('not-found');
  if (allRules(table).some((rule) => new RegExp(`@${name}(?![\\w.-])`).test(rule))) fail('busy');
}

function changeElements({ verb, name, rest, fail }: Command, table: FakeTable): void {
  const object = table.keyed.get(name) ?? fail('not-found');
  const elements = new Map(object.elements);
  for (const text of rest.slice(2, -2).split(', ')) {
    const [left = '', right] = text.split(' : ');
    const key = readKey(object.key, left) ?? fail('syntax');
    if (verb === 'delete') {
      if (!elements.delete(key)) fail('not-found');
      continue;
    }
    const value = object.value === undefined ? '' : (canonicalValue(object.value, bare(right ?? '')) ?? fail('syntax'));
    if (elements.has(key) && elements.get(key) !== value) fail('exists');
    if (!isKnown(table, object.value, value)) fail('not-found');
    elements.set(key, value);
  }
  table.keyed.set(name, { ...object, elements });
}

function changeChains({ verb, name, rest, fail }: Command, table: FakeTable): void {
  const { chains } = table;
  if (verb === 'add') {
    const base = rest === '' ? undefined : readHook(rest);
    if (!chains.has(name)) chains.set(name, { ...(base === undefined ? {} : { base }), rules: [] });
    return;
  }
  if (!chains.delete(name)) fail('not-found');
  const jumps = new RegExp(`(jump|goto) ${name}(?![\\w.-])`);
  if (allRules(table).some((rule) => jumps.test(rule)) || isValue(table, 'verdict', name)) fail('busy');
}

function changeRules({ verb, name, rest, fail }: Command, table: FakeTable): void {
  const chain = table.chains.get(name) ?? fail('not-found');
  if (verb === 'flush') return void table.chains.set(name, { ...chain, rules: [] });
  for (const [, target = ''] of rest.matchAll(/(?:jump|goto) ([\w.-]+)/g))
    if (!table.chains.has(target)) fail('not-found');
  for (const [, target = ''] of rest.matchAll(/@(?!th,)([\w.-]+)/g)) if (!table.keyed.has(target)) fail('not-found');
  for (const [, target = ''] of rest.matchAll(/counter name "([^"]+)"/g))
    if (!table.counters.has(target)) fail('not-found');
  table.chains.set(name, { ...chain, rules: [...chain.rules, rest] });
}

function emptyTable(family: NftFamily, name: string): FakeTable {
  return { family, name, counters: new Set(), keyed: new Map(), chains: new Map() };
}

function readShape(text: string): FakeKeyed {
  const [left = '', right] = (/type ([^;]+);/.exec(text)?.[1] ?? '').split(' : ');
  const flags = (/flags ([^;]+);/.exec(text)?.[1] ?? '').split(',').filter((flag) => flag !== '' && flag !== 'dynamic');
  const timeout = /timeout (\d+)s;/.exec(text)?.[1];
  const size = /size (\d+);/.exec(text)?.[1];
  return {
    key: left.split(' . ') as NftKeyType[],
    flags: flags as NftSetFlag[],
    ...(timeout === undefined ? {} : { timeout: Number(timeout) }),
    ...(size === undefined ? {} : { size: Number(size) }),
    ...(right === undefined ? {} : { value: right as NftValueType }),
    elements: new Map(),
  };
}

function readHook(text: string): NftHook {
  const match = /type (\w+) hook (\w+)(?: devices = \{ (.*) \})? priority (-?\d+); policy (\w+);/.exec(text);
  const [, type, hook, devices, priority, policy] = match ?? [];
  return {
    type: type as NftHook['type'],
    hook: hook as NftHook['hook'],
    priority: Number(priority),
    policy: policy as NftHook['policy'],
    ...(devices === undefined ? {} : { devices: devices.split(', ').map(bare).sort() }),
  };
}

function readKey(types: readonly NftKeyType[], text: string): string | undefined {
  if (text === catchAll) return text;
  const parts = text.split(' . ').map((part, i) => canonicalPart(types[i] ?? 'mark', bare(part)));
  return parts.includes(undefined) ? undefined : parts.join(' . ');
}

function isKnown(table: FakeTable, type: NftValueType | undefined, value: string): boolean {
  if (type === 'counter') return table.counters.has(value);
  const target = type === 'verdict' ? /^(?:jump|goto) (.*)$/.exec(value)?.[1] : undefined;
  return target === undefined || table.chains.has(target);
}

function isValue(table: FakeTable, type: 'counter' | 'verdict', name: string): boolean {
  const wanted = type === 'counter' ? [name] : [`jump ${name}`, `goto ${name}`];
  return [...table.keyed.values()].some(
    (o) => o.value === type && [...o.elements.values()].some((v) => wanted.includes(v)),
  );
}

function allRules(table: FakeTable): readonly string[] {
  return [...table.chains.values()].flatMap((chain) => chain.rules);
}

function digestIn(rule: string): string {
  const comment = / comment "([^"]*)"$/.exec(rule)?.[1] ?? '';
  return isRuleDigest(comment) ? comment : '';
}

function bare(text: string): string {
  return text.replace(/^"(.*)"$/, '$1');
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
