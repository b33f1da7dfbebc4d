import { canonicalIp } from '../../net/ip.ts';
import type { IpFamily } from './model.ts';

/** One object of an `ip -j` list, its fields unknown. */
export type Json = Readonly<Record<string, unknown>>;

/** The list that iproute2 printed; it prints nothing at all for an empty one at times. Throws SyntaxError for anything else. */
export function parseList(text: string, what: string): readonly Json[] {
  const json: unknown = text.trim() === '' ? [] : JSON.parse(text);
  // `ip` writes {} for entries it has filtered out.
  if (!Array.isArray(json) || !json.every(isJson)) throw new SyntaxError(`${what}: expected a list of objects`);
  return json.filter((entry) => Object.keys(entry).length > 0);
}

/** Whether a value is an object with fields. */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text field, undefined if absent or of another type. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A number, also from decimal or 0x text; undefined for anything else. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : undefined;
}

/** `default`, `A` or `A/N` with its prefix length written, canonical; undefined for anything else. */
export function prefixOf(text: string | undefined, family: IpFamily, length?: number): string | undefined {
  if (text === 'default' || text === 'all') return family === 4 ? '0.0.0.0/0' : '::/0';
  const [address = '', suffix] = (text ?? '').split('/');
  const ip = canonicalIp(address);
  return ip === undefined ? undefined : `${ip}/${suffix ?? length ?? (family === 4 ? 32 : 128)}`;
}

/** 4 or 6, by the colon. */
export function familyOf(address: string): IpFamily {
  return address.includes(':') ? 6 : 4;
}

/** Drops undefined fields, so that absent is absent. */
export function compact<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
