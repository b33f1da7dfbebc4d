import type { TableName } from './commands.ts';
import { isRuleDigest } from './digest.ts';
import type { NftHook, ObservedChain, ObservedTable } from './model.ts';
import { isRecord } from './parse-element.ts';
import { parseMap, parseSet } from './parse-keyed.ts';
import { parseTerseTable, type TerseTable } from './parse-terse.ts';

/** What nft printed about one table: `json` from `nft -j -p list table`, `terse` from `nft -t list table`. */
export interface TableText {
  readonly json: string;
  readonly terse: string;
}

type Json = Readonly<Record<string, unknown>>;

const safeName = /^[\w.-]+$/;
const hookTypes: readonly string[] = ['filter', 'nat', 'route'];
const hooks: readonly string[] = [
  'prerouting',
  'input',
  'forward',
  'output',
  'postrouting',
  'ingress',
  'egress',
] satisfies NftHook['hook'][];

/**
 * One of our tables as the kernel holds it, sorted by name. Never throws: what cannot be read, or is none of ours, makes
 * the table `foreign`, and a set with something unreadable has no key, so that it differs from whatever is wanted.
 */
export function parseTable(table: TableName, text: TableText): ObservedTable {
  const terse = parseTerseTable(text.terse);
  if (terse.flags.length > 0) return foreignTable(table, `it has the flags ${terse.flags.join(', ')}`);
  try {
    return readObjects(table, objectsOf(text.json), terse);
  } catch (error) {
    return foreignTable(table, error instanceof Error ? error.message : String(error));
  }
}

/** A table that must be replaced as a whole, and why. */
export function foreignTable(table: TableName, foreign: string): ObservedTable {
  return { family: table.family, name: table.name, counters: [], sets: [], maps: [], chains: [], foreign };
}

function readObjects(table: TableName, objects: readonly Json[], terse: TerseTable): ObservedTable {
  const read = { counters: [] as string[], sets: [] as Json[], maps: [] as Json[], chains: [] as ObservedChain[] };
  const digests = new Map<string, string[]>();
  for (const object of objects) {
    const [kind, body] = Object.entries(object)[0] ?? [];
    if (kind === 'metainfo' || kind === 'table') continue;
    if (!isRecord(body)) throw new Error(`nft listed a ${kind} that is no object`);
    if (kind === 'counter') read.counters.push(nameOf(body));
    else if (kind === 'set') read.sets.push(body);
    else if (kind === 'map') read.maps.push(body);
    else if (kind === 'chain') read.chains.push(readChain(body, terse, digests));
    else if (kind === 'rule') addDigest(digests, body);
    else throw new Error(`it holds a ${kind}, which is none of ours`);
  }
  return {
    family: table.family,
    name: table.name,
    counters: read.counters.sort(),
    sets: read.sets.map((json) => parseSet(nameOf(json), json)).sort(byName),
    maps: read.maps.map((json) => parseMap(nameOf(json), json)).sort(byName),
    chains: read.chains.sort(byName),
  };
}

function readChain(body: Json, terse: TerseTable, digests: Map<string, string[]>): ObservedChain {
  const name = nameOf(body);
  const list = digests.get(name) ?? [];
  digests.set(name, list);
  const base = readHook(body, terse.devices.get(name));
  return { name, ...(base === undefined ? {} : { base }), digests: list };
}

function readHook(body: Json, devices: readonly string[] | undefined): NftHook | undefined {
  const { type, hook, prio, policy } = body;
  if (hook === undefined) return undefined;
  if (!isHookType(type) || !isHook(hook) || typeof prio !== 'number') {
    throw new Error(`its chain ${nameOf(body)} hangs where none of ours does`);
  }
  return {
    type,
    hook,
    priority: prio,
    policy: policy === 'drop' ? 'drop' : 'accept',
    ...(devices === undefined ? {} : { devices }),
  };
}

function addDigest(digests: Map<string, string[]>, rule: Json): void {
  const { chain, comment } = rule;
  if (typeof chain !== 'string') throw new Error('nft listed a rule without its chain');
  const list = digests.get(chain) ?? [];
  digests.set(chain, list);
  list.push(typeof comment === 'string' && isRuleDigest(comment) ? comment : '');
}

function objectsOf(text: string): readonly Json[] {
  const json: unknown = JSON.parse(text);
  const objects = isRecord(json) ? json['nftables'] : undefined;
  if (!Array.isArray(objects) || !objects.every(isRecord)) throw new Error('nft -j printed no list of objects');
  return objects;
}

// Names go back into commands: one that our own text could not hold is not ours.
function nameOf(body: Json): string {
  const name = body['name'];
  if (typeof name === 'string' && safeName.test(name)) return name;
  throw new Error(`it holds an object with the name ${JSON.stringify(name)}`);
}

function isHookType(type: unknown): type is NftHook['type'] {
  return typeof type === 'string' && hookTypes.includes(type);
}

function isHook(hook: unknown): hook is NftHook['hook'] {
  return typeof hook === 'string' && hooks.includes(hook);
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
