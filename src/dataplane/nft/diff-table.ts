import { addChain, addKeyed, addRules, changeElements, keyedKind, tablePath } from './commands.ts';
import { changesKind, compareChains, compareKeyed, compareNames } from './compare-table.ts';
import type { NftTable, ObservedTable } from './model.ts';

/** Commands for one table, in an order in which every reference holds, and what they change; all in one transaction, or each part in its own. */
export interface TableChange {
  /** What nothing leads to yet. */
  readonly prepare: readonly string[];
  /** What packets meet. */
  readonly exchange: readonly string[];
  /** What nothing leads to any more. */
  readonly sweep: readonly string[];
  readonly summary: readonly string[];
}

/** Turns one table as it is (undefined: absent) into the one wanted. */
export function diffTable(observed: ObservedTable | undefined, desired: NftTable): TableChange {
  const path = tablePath(desired);
  const empty = { ...desired, counters: [], sets: [], maps: [], chains: [] };
  if (observed === undefined) {
    const { exchange, summary } = changeAtOnce(empty, desired);
    const add = `add table ${path}`;
    return { prepare: [add, ...exchange], exchange: [], sweep: [], summary: [add, ...summary] };
  }
  const why = observed.foreign ?? (changesKind(observed, desired) ? 'a chain changes its kind' : undefined);
  if (why === undefined) return changeObjects(observed, desired);
  const again = [`add table ${path}`, `delete table ${path}`, `add table ${path}`];
  const all = changeAtOnce(empty, desired);
  const summary = [`replace table ${path}: ${why}`, ...all.summary];
  return { ...all, exchange: [...again, ...all.exchange], summary };
}

// Into an empty table.
function changeAtOnce(empty: ObservedTable, desired: NftTable): TableChange {
  const { prepare, exchange, sweep, summary } = changeObjects(empty, desired);
  return { prepare: [], exchange: [...prepare, ...exchange, ...sweep], sweep: [], summary };
}

/**
 * Nothing may refer to what is deleted, and everything referred to must exist. A packet looks into a set as it is now, and walks a chain as
 * it was when it came to the hook (Linux 6.18, nf_tables_core.c): where one leads to the other, the chain has been there before, and stays
 * until after. What must be made anew under its old name cannot, and changes at once.
 */
function changeObjects(observed: ObservedTable, desired: NftTable): TableChange {
  const path = tablePath(desired);
  const keyed = compareKeyed(observed, desired);
  const chains = compareChains(observed, desired, keyed.recreated);
  const counters = compareNames(observed.counters, desired.counters);
  const isNew = new Set<{ readonly name: string }>([...chains.added, ...keyed.added]);
  const [newElements, oldElements] = partition(keyed.elements, ({ object }) => isNew.has(object));
  const [newRules, oldRules] = partition(chains.refilled, (chain) => isNew.has(chain) && chain.base === undefined);
  const [newHooks, newChains] = partition(chains.added, ({ base }) => base !== undefined);
  const [oldHooks, oldChains] = partition(chains.removed, ({ base }) => base !== undefined);
  const flush = (all: readonly { readonly name: string }[]) => all.map(({ name }) => `flush chain ${path} ${name}`);
  const drop = (all: readonly { readonly name: string }[]) => all.map(({ name }) => `delete chain ${path} ${name}`);
  const renewed = [
    ...chains.rehooked.map((chain) => `delete chain ${path} ${chain.name}`),
    ...keyed.replaced.map((object) => `delete ${keyedKind(object)} ${path} ${object.name}`),
  ];
  const added = [
    ...counters.added.map((name) => `add counter ${path} ${name}`),
    // nft 1.0.6 sends the elements of a new interval map early: the chains they lead to must stand before the map.
    ...newChains.map((chain) => addChain(desired, chain)),
    ...keyed.added.map((object) => addKeyed(desired, object)),
    ...newElements.flatMap(({ object, add }) => changeElements('add', `${path} ${object.name}`, add)),
    ...newRules.flatMap((chain) => addRules(desired, chain)),
  ];
  const changed = [
    ...drop(oldHooks),
    ...oldElements.flatMap(({ object, remove }) => changeElements('delete', `${path} ${object.name}`, remove)),
    ...oldElements.flatMap(({ object, add }) => changeElements('add', `${path} ${object.name}`, add)),
    ...newHooks.map((chain) => addChain(desired, chain)),
    ...oldRules.flatMap((chain) => addRules(desired, chain)),
  ];
  const removed = [
    ...flush(oldChains),
    ...keyed.removed.map((object) => `delete ${keyedKind(object)} ${path} ${object.name}`),
    ...drop(oldChains),
    ...counters.removed.map((name) => `delete counter ${path} ${name}`),
  ];
  const summary = [
    ...counters.added.map((name) => `add counter ${path} ${name}`),
    ...keyed.added.map((object) => `add ${keyedKind(object)} ${path} ${object.name}`),
    ...keyed.elements.map(
      ({ object, add, remove }) => `change ${path} ${object.name}: +${add.length} -${remove.length}`,
    ),
    ...chains.refilled.map((chain) => `write chain ${path} ${chain.name}: ${chain.rules.length} rules`),
    ...keyed.removed.map((object) => `delete ${keyedKind(object)} ${path} ${object.name}`),
    ...chains.removed.map((chain) => `delete chain ${path} ${chain.name}`),
    ...counters.removed.map((name) => `delete counter ${path} ${name}`),
  ];
  if (renewed.length > 0) {
    const emptied = flush([...chains.flushed, ...chains.removed]);
    return { prepare: [], exchange: [...emptied, ...renewed, ...added, ...changed, ...removed], sweep: [], summary };
  }
  // What only comes takes nothing from a packet.
  const isExchange = removed.length + chains.flushed.length > 0 || oldElements.some(({ remove }) => remove.length > 0);
  return isExchange
    ? { prepare: added, exchange: [...flush([...chains.flushed, ...oldHooks]), ...changed], sweep: removed, summary }
    : { prepare: [], exchange: [...added, ...changed], sweep: [], summary };
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}
