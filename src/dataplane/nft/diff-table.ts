import { addChain, addKeyed, addRules, changeElements, keyedKind, type NftKeyedObject, tablePath } from './commands.ts';
import { allElements, diffElements, needsRecreation } from './diff-keyed.ts';
import type { NftChain, NftHook, NftTable, ObservedChain, ObservedTable } from './model.ts';
import { presentChain } from './observed.ts';

/** Commands for one table, in an order in which every reference holds, and what they change. */
export interface TableChange {
  readonly commands: readonly string[];
  readonly summary: readonly string[];
}

/** Turns one table as it is (undefined: absent) into the one wanted. */
export function diffTable(observed: ObservedTable | undefined, desired: NftTable): TableChange {
  const path = tablePath(desired);
  const empty = { ...desired, counters: [], sets: [], maps: [], chains: [] };
  if (observed === undefined) {
    return prepend([`add table ${path}`], [`add table ${path}`], changeObjects(empty, desired));
  }
  const why = observed.foreign ?? (changesKind(observed, desired) ? 'a chain changes its kind' : undefined);
  if (why === undefined) return changeObjects(observed, desired);
  const again = [`add table ${path}`, `delete table ${path}`, `add table ${path}`];
  return prepend(again, [`replace table ${path}: ${why}`], changeObjects(empty, desired));
}

/**
 * Rules go first and come last: nothing may refer to what is deleted, and everything referred to must exist. Within one
 * transaction the kernel switches at once, so a chain is never seen empty.
 */
function changeObjects(observed: ObservedTable, desired: NftTable): TableChange {
  const path = tablePath(desired);
  const keyed = compareKeyed(observed, desired);
  const chains = compareChains(observed, desired, keyed.recreated);
  const counters = compareNames(observed.counters, desired.counters);
  const commands = [
    ...chains.flushed.map((chain) => `flush chain ${path} ${chain.name}`),
    ...chains.rehooked.map((chain) => `delete chain ${path} ${chain.name}`),
    ...keyed.replaced.map((object) => `delete ${keyedKind(object)} ${path} ${object.name}`),
    ...counters.added.map((name) => `add counter ${path} ${name}`),
    // nft 1.0.6 sends the elements of a new interval map early: the chains they lead to must stand before the map.
    ...chains.added.map((chain) => addChain(desired, chain)),
    ...keyed.added.map((object) => addKeyed(desired, object)),
    ...keyed.elements.flatMap(({ name, remove }) => changeElements('delete', `${path} ${name}`, remove)),
    ...keyed.elements.flatMap(({ name, add }) => changeElements('add', `${path} ${name}`, add)),
    ...chains.refilled.flatMap((chain) => addRules(desired, chain)),
    ...keyed.removed.map((object) => `delete ${keyedKind(object)} ${path} ${object.name}`),
    ...chains.removed.map((chain) => `delete chain ${path} ${chain.name}`),
    ...counters.removed.map((name) => `delete counter ${path} ${name}`),
  ];
  const summary = [
    ...counters.added.map((name) => `add counter ${path} ${name}`),
    ...keyed.added.map((object) => `add ${keyedKind(object)} ${path} ${object.name}`),
    ...keyed.elements.map(({ name, add, remove }) => `change ${path} ${name}: +${add.length} -${remove.length}`),
    ...chains.refilled.map((chain) => `write chain ${path} ${chain.name}: ${chain.rules.length} rules`),
    ...keyed.removed.map((object) => `delete ${keyedKind(object)} ${path} ${object.name}`),
    ...chains.removed.map((chain) => `delete chain ${path} ${chain.name}`),
    ...counters.removed.map((name) => `delete counter ${path} ${name}`),
  ];
  return { commands, summary };
}

function compareKeyed(observed: ObservedTable, desired: NftTable) {
  const before = new Map<string, NftKeyedObject>([...observed.sets, ...observed.maps].map((o) => [o.name, o]));
  const after: readonly NftKeyedObject[] = [...desired.sets, ...desired.maps];
  const wanted = new Set(after.map((object) => object.name));
  const kept = new Map<string, NftKeyedObject>();
  const replaced: NftKeyedObject[] = [];
  for (const object of after) {
    const old = before.get(object.name);
    if (old === undefined) continue;
    if (needsRecreation(old, object)) replaced.push(old);
    else kept.set(object.name, old);
  }
  const elements = after.map((object) => {
    const old = kept.get(object.name);
    return { name: object.name, ...(old === undefined ? allElements(object) : diffElements(old, object)) };
  });
  return {
    replaced,
    recreated: new Set(replaced.map((object) => object.name)),
    added: after.filter((object) => !kept.has(object.name)),
    removed: [...before.values()].filter((object) => !wanted.has(object.name)),
    elements: elements.filter(({ add, remove }) => add.length + remove.length > 0),
  };
}

function compareChains(observed: ObservedTable, desired: NftTable, recreated: ReadonlySet<string>) {
  const before = new Map(observed.chains.map((chain) => [chain.name, chain]));
  const wanted = new Set(desired.chains.map((chain) => chain.name));
  const removed = observed.chains.filter((chain) => !wanted.has(chain.name));
  const rehooked = desired.chains.filter((chain) => {
    const old = before.get(chain.name);
    return old !== undefined && !sameHook(old.base, chain.base);
  });
  const isNew = (chain: NftChain) => !before.has(chain.name) || rehooked.includes(chain);
  const refilled = desired.chains.filter((chain) => {
    const old = before.get(chain.name);
    return isNew(chain) || !sameRules(old, chain) || refersTo(chain, recreated);
  });
  const flushed = [...refilled.filter((chain) => (before.get(chain.name)?.digests.length ?? 0) > 0), ...removed];
  return { removed, rehooked, added: desired.chains.filter(isNew), refilled, flushed };
}

function compareNames(observed: readonly string[], desired: readonly string[]) {
  const before = new Set(observed);
  const after = new Set(desired);
  return {
    added: desired.filter((name) => !before.has(name)),
    removed: observed.filter((name) => !after.has(name)),
  };
}

// A set that is made anew cannot be deleted while a rule uses it; rules that changed are flushed anyway, so what is left
// are chains whose text is known because it is the wanted one.
function refersTo(chain: NftChain, names: ReadonlySet<string>): boolean {
  return (
    names.size > 0 && chain.rules.some((rule) => [...rule.matchAll(/@([\w.-]+)/g)].some(([, n]) => names.has(n ?? '')))
  );
}

// A chain that others jump to cannot become a base chain, nor the other way round, in one step.
function changesKind(observed: ObservedTable, desired: NftTable): boolean {
  const before = new Map(observed.chains.map((chain) => [chain.name, chain.base === undefined]));
  return desired.chains.some(
    (chain) => (before.get(chain.name) ?? chain.base === undefined) !== (chain.base === undefined),
  );
}

function sameRules(observed: ObservedChain | undefined, desired: NftChain): boolean {
  const { digests } = presentChain(desired);
  if (observed === undefined || observed.digests === digests) return observed !== undefined;
  return observed.digests.length === digests.length && digests.every((digest, i) => digest === observed.digests[i]);
}

function sameHook(a: NftHook | undefined, b: NftHook | undefined): boolean {
  const key = (hook: NftHook | undefined) =>
    hook && [hook.type, hook.hook, hook.priority, hook.policy, ...(hook.devices ?? []).toSorted()].join(' ');
  return key(a) === key(b);
}

function prepend(commands: readonly string[], summary: readonly string[], change: TableChange): TableChange {
  return { commands: [...commands, ...change.commands], summary: [...summary, ...change.summary] };
}
