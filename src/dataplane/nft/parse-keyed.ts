import type { NftKeyType, NftMap, NftSet, NftSetFlag, NftValueType } from './model.ts';
import { parseKey, parseValue } from './parse-element.ts';

type Json = Readonly<Record<string, unknown>>;

const keyTypes: readonly string[] = [
  'ipv4_addr',
  'ipv6_addr',
  'ether_addr',
  'inet_proto',
  'inet_service',
  'mark',
  'ifname',
  'iface_index',
] satisfies NftKeyType[];

/**
 * A set of `nft -j -p`; elements in order. One that has an unknown type, flag or element comes without key types: nothing
 * wanted looks like that, so the difference replaces it.
 */
export function parseSet(name: string, json: Json): NftSet {
  const shape = readShape(name, json);
  const keys = shape && readElements(json, (element) => parseKey(shape.key, element));
  if (shape === undefined || keys === undefined) return { name, key: [], flags: [], elements: [] };
  return { ...shape, elements: keys.sort() };
}

/** A map of `nft -j -p`; elements in order of their keys, unknown ones as in `parseSet`. */
export function parseMap(name: string, json: Json): NftMap {
  const shape = readShape(name, json);
  const value = readValueType(json['map']);
  const pairs = shape && value && readElements(json, (element) => readPair(shape.key, value, element));
  if (shape === undefined || value === undefined || pairs === undefined) {
    return { name, key: [], flags: [], value: 'mark', elements: [] };
  }
  return { ...shape, value, elements: pairs.sort(([a], [b]) => (a < b ? -1 : 1)) };
}

function readShape(name: string, json: Json): Omit<NftSet, 'elements'> | undefined {
  const types = Array.isArray(json['type']) ? json['type'] : [json['type']];
  const flags = readFlags(json['flags']);
  if (!types.every(isKeyType) || flags === undefined || json['auto-merge'] === true) return undefined;
  const { size, timeout } = json;
  return {
    name,
    key: types,
    flags,
    ...(typeof timeout === 'number' ? { timeout } : {}),
    ...(typeof size === 'number' ? { size } : {}),
  };
}

// nft 1.0.6 does not show `dynamic` in JSON, later versions do, and the latest write a single flag without its array.
function readFlags(json: unknown): NftSetFlag[] | undefined {
  const flags: readonly unknown[] = json === undefined ? [] : Array.isArray(json) ? json : [json];
  const shown = flags.filter((flag) => flag !== 'dynamic');
  return shown.every((flag) => flag === 'interval' || flag === 'timeout') ? shown : undefined;
}

function readPair(key: readonly NftKeyType[], value: NftValueType, json: unknown): [string, string] | undefined {
  if (!Array.isArray(json) || json.length !== 2) return undefined;
  const left = parseKey(key, json[0]);
  const right = parseValue(value, json[1]);
  return left === undefined || right === undefined ? undefined : [left, right];
}

function readValueType(json: unknown): NftValueType | undefined {
  if (json === 'verdict' || json === 'counter') return json;
  return isKeyType(json) ? json : undefined;
}

function isKeyType(json: unknown): json is NftKeyType {
  return typeof json === 'string' && keyTypes.includes(json);
}

function readElements<T>(json: Json, read: (element: unknown) => T | undefined): T[] | undefined {
  const elements: readonly unknown[] = Array.isArray(json['elem']) ? json['elem'] : [];
  const results: T[] = [];
  for (const element of elements) {
    const result = read(element);
    if (result === undefined) return undefined;
    results.push(result);
  }
  return results;
}
