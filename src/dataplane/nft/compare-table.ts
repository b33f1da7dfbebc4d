import type { NftKeyedObject } from './commands.ts';
import { allElements, diffElements, needsRecreation } from './diff-keyed.ts';
import type { NftChain, NftHook, NftTable, ObservedChain, ObservedTable } from './model.ts';
import { presentChain } from './observed.ts';

/** Sets and maps that come, go, must be made anew (those come, too), and the elements of all that come or stay. */
export function compareKeyed(observed: ObservedTable, desired: NftTable) {
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
    return { object, ...(old === undefined ? allElements(object) : diffElements(old, object)) };
  });
  return {
    replaced,
    recreated: new Set(replaced.map((object) => object.name)),
    added: after.filter((object) => !kept.has(object.name)),
    removed: [...before.values()].filter((object) => !wanted.has(object.name)),
    elements: elements.filter(({ add, remove }) => add.length + remove.length > 0),
  };
}

/** Chains that go, come, come anew with another hook (those come, too); of which the rules are written, and which must be emptied for it. */
export function compareChains(observed: ObservedTable, desired: NftTable, recreated: ReadonlySet<string>) {
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
  const flushed = refilled.filter((chain) => (before.get(chain.name)?.digests.length ?? 0) > 0);
  return { removed, rehooked, added: desired.chains.filter(isNew), refilled, flushed };
}

/** Names that come and go. */
export function compareNames(observed: readonly string[], desired: readonly string[]) {
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

/** Whether a chain becomes a base chain, or a base chain none, which the kernel does not do in one step. */
export function changesKind(observed: ObservedTable, desired: NftTable): boolean {
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
