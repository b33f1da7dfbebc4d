import { canonicalPart, canonicalValue, catchAll, concatKey } from './element.ts';
import type { NftKeyType, NftValueType } from './model.ts';

/** The canonical key of an element of `nft -j -p`, or undefined for what we would never have written. */
export function parseKey(types: readonly NftKeyType[], json: unknown): string | undefined {
  const value = unwrap(json);
  if (value === catchAll) return value;
  const [only] = types;
  if (types.length === 1 && only !== undefined) return parsePart(only, value);
  const parts = isRecord(value) ? value['concat'] : undefined;
  if (!Array.isArray(parts) || parts.length !== types.length) return undefined;
  const keys: string[] = [];
  for (const [i, type] of types.entries()) {
    const key = parsePart(type, parts[i]);
    if (key === undefined) return undefined;
    keys.push(key);
  }
  return concatKey(keys);
}

/** The canonical value of a map's element of `nft -j -p`, or undefined. */
export function parseValue(type: NftValueType, json: unknown): string | undefined {
  const value = unwrap(json);
  const text = type === 'verdict' ? verdictText(value) : scalarText(value);
  return text === undefined ? undefined : canonicalValue(type, text);
}

/** Whether a JSON value is an object with fields. */
export function isRecord(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

// An element with a timeout, a comment or a counter of its own comes as {"elem": {"val": …}}.
function unwrap(json: unknown): unknown {
  const elem = isRecord(json) ? json['elem'] : undefined;
  return isRecord(elem) ? elem['val'] : json;
}

function parsePart(type: NftKeyType, json: unknown): string | undefined {
  const text = isRecord(json) ? intervalText(json) : scalarText(json);
  return text === undefined ? undefined : canonicalPart(type, text);
}

function intervalText(json: Readonly<Record<string, unknown>>): string | undefined {
  const { prefix, range } = json;
  if (isRecord(prefix)) return join(prefix['addr'], '/', prefix['len']);
  return Array.isArray(range) && range.length === 2 ? join(range[0], '-', range[1]) : undefined;
}

function join(left: unknown, sign: string, right: unknown): string | undefined {
  const a = scalarText(left);
  const b = scalarText(right);
  return a === undefined || b === undefined ? undefined : a + sign + b;
}

function scalarText(json: unknown): string | undefined {
  if (typeof json === 'number') return String(json);
  return typeof json === 'string' ? json : undefined;
}

function verdictText(json: unknown): string | undefined {
  if (!isRecord(json)) return undefined;
  const [entry, more] = Object.entries(json);
  if (entry === undefined || more !== undefined) return undefined;
  const [verb, argument] = entry;
  const target = isRecord(argument) ? argument['target'] : undefined;
  return typeof target === 'string' ? `${verb} ${target}` : verb;
}
