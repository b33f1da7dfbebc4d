import { memoByObject } from '../../compile/memo.ts';
import { ruleDigest } from './digest.ts';
import type { NftChain, NftHook, NftMap, NftSet, NftTable, ObservedChain, ObservedTable } from './model.ts';

/**
 * What the kernel shows once `table` is committed and nothing else happened: sorted as parse.ts sorts, rules as digests, no
 * elements of sets that others fill. `parseTable` of a committed table equals this.
 */
export function observedFrom(table: NftTable): ObservedTable {
  return {
    family: table.family,
    name: table.name,
    counters: [...table.counters].sort(),
    sets: table.sets.map((set) => ({ ...shown(set), elements: elementsOf(set).toSorted() })).sort(byName),
    maps: table.maps.map((map) => ({ ...shown(map), elements: elementsOf(map).toSorted(byKey) })).sort(byName),
    chains: table.chains.map(presentChain).sort(byName),
  };
}

/** The same in no order, and of the very same sets, maps and chains the very same objects: what did not change is known by its identity. */
export function presentFrom(table: NftTable): ObservedTable {
  const { family, name, counters, sets, maps, chains } = table;
  return {
    family,
    name,
    counters,
    sets: sets.map(presentSet),
    maps: maps.map(presentMap),
    chains: chains.map(presentChain),
  };
}

const presentSet = memoByObject((set: NftSet): NftSet => ({ ...shown(set), elements: elementsOf(set) }));
const presentMap = memoByObject((map: NftMap): NftMap => ({ ...shown(map), elements: elementsOf(map) }));

/** A chain as the kernel shows it. */
export const presentChain = memoByObject(
  ({ rules, base, ...chain }: NftChain): ObservedChain => ({
    ...chain,
    ...(base && { base: sortDevices(base) }),
    digests: rules.map(ruleDigest),
  }),
);

/** Whether packets fill it, or others: then its elements are theirs. */
export function isFilledElsewhere(object: Pick<NftSet, 'flags' | 'filled'>): boolean {
  return object.filled === 'elsewhere' || object.flags.includes('dynamic');
}

function shown<T extends NftSet | NftMap>({ filled: _, ...object }: T): Omit<T, 'filled'> {
  return { ...object, flags: object.flags.filter((flag) => flag !== 'dynamic') };
}

function elementsOf<E>(object: Pick<NftSet, 'flags' | 'filled'> & { readonly elements: readonly E[] }): readonly E[] {
  return isFilledElsewhere(object) ? [] : object.elements;
}

function sortDevices(hook: NftHook): NftHook {
  return hook.devices === undefined ? hook : { ...hook, devices: [...hook.devices].sort() };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
