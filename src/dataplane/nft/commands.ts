import { ruleDigest } from './digest.ts';
import { renderKey, renderValue } from './element.ts';
import type { NftChain, NftHook, NftMap, NftSet, NftTable } from './model.ts';

/** A set or a map: whoever only asks for name, key and flags need not care which. */
export type NftKeyedObject = NftSet | NftMap;

/** What names a table in a command. */
export type TableName = Pick<NftTable, 'family' | 'name'>;

/** Elements in one command. nft evaluates a command as a whole; one of this size is 0.5 MB of text. */
const elementsPerCommand = 20_000;

/** `inet sallyport`. */
export function tablePath(table: TableName): string {
  return `${table.family} ${table.name}`;
}

/** Whether a set or map leads somewhere. */
export function isMap(object: NftKeyedObject): object is NftMap {
  return 'value' in object;
}

/** `set` or `map`, as nft says it. */
export function keyedKind(object: NftKeyedObject): 'set' | 'map' {
  return isMap(object) ? 'map' : 'set';
}

/** The statements of a set's or map's declaration, each ending with `;`, without elements. */
export function keyedStatements(object: NftKeyedObject): string[] {
  const value = isMap(object) ? ` : ${object.value}` : '';
  return [
    `type ${object.key.join(' . ')}${value};`,
    ...(object.size === undefined ? [] : [`size ${object.size};`]),
    ...(object.flags.length === 0 ? [] : [`flags ${object.flags.join(',')};`]),
    ...(object.timeout === undefined ? [] : [`timeout ${object.timeout}s;`]),
  ];
}

/** `type filter hook egress devices = { "egress0" } priority 0; policy accept;` */
export function hookStatement(hook: NftHook): string {
  const devices = hook.devices === undefined ? '' : ` devices = { ${hook.devices.map((d) => `"${d}"`).join(', ')} }`;
  return `type ${hook.type} hook ${hook.hook}${devices} priority ${hook.priority}; policy ${hook.policy};`;
}

/** A rule with its digest as comment. */
export function ruleStatement(rule: string): string {
  return `${rule} comment "${ruleDigest(rule)}"`;
}

/** Elements of a set or map as nft reads them: keys, for a map with their values. */
export function elementTexts(object: NftKeyedObject): string[] {
  return isMap(object)
    ? object.elements.map(([key, value]) => `${renderKey(object.key, key)} : ${renderValue(object.value, value)}`)
    : object.elements.map((key) => renderKey(object.key, key));
}

/** `add set …` or `add map …`, without elements. */
export function addKeyed(table: TableName, object: NftKeyedObject): string {
  return `add ${keyedKind(object)} ${tablePath(table)} ${object.name} { ${keyedStatements(object).join(' ')} }`;
}

/** `add chain …` without rules. */
export function addChain(table: TableName, chain: Pick<NftChain, 'name' | 'base'>): string {
  const base = chain.base === undefined ? '' : ` { ${hookStatement(chain.base)} }`;
  return `add chain ${tablePath(table)} ${chain.name}${base}`;
}

/** One command per rule. */
export function addRules(table: TableName, chain: NftChain): string[] {
  return chain.rules.map((rule) => `add rule ${tablePath(table)} ${chain.name} ${ruleStatement(rule)}`);
}

/** Adds or deletes elements, given as nft reads them, in as many commands as their number asks for. */
export function changeElements(verb: 'add' | 'delete', where: string, texts: readonly string[]): string[] {
  const commands: string[] = [];
  for (let i = 0; i < texts.length; i += elementsPerCommand) {
    commands.push(`${verb} element ${where} { ${texts.slice(i, i + elementsPerCommand).join(', ')} }`);
  }
  return commands;
}
