import { type Cidr, cidrOf } from './cidr.ts';
import type { Family, Ip } from './ip.ts';

/** A look-up of the most specific prefix that holds an address. */
export interface PrefixTable<T> {
  lookup(ip: Ip): { readonly cidr: Cidr; readonly value: T } | undefined;
}

/** Builds the table; of two entries with the same prefix the first counts. One hash look-up per prefix length in use. */
export function createPrefixTable<T>(entries: readonly { readonly cidr: Cidr; readonly value: T }[]): PrefixTable<T> {
  const tables: Record<Family, Map<number, Map<bigint, T>>> = { 4: new Map(), 6: new Map() };
  for (const { cidr, value } of entries) {
    const lengths = tables[cidr.family];
    const bases = lengths.get(cidr.prefix) ?? new Map<bigint, T>();
    lengths.set(cidr.prefix, bases);
    if (!bases.has(cidr.base)) bases.set(cidr.base, value);
  }
  const longestFirst = (family: Family) => [...tables[family]].sort(([a], [b]) => b - a);
  const sorted = { 4: longestFirst(4), 6: longestFirst(6) };
  return {
    lookup(ip) {
      for (const [prefix, bases] of sorted[ip.family]) {
        const cidr = cidrOf(ip, prefix);
        const value = bases.get(cidr.base);
        if (value !== undefined || bases.has(cidr.base)) return { cidr, value: value as T };
      }
      return undefined;
    },
  };
}
