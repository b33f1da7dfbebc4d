import { changeAddress, changeFdb, changeNeighbour, changeRoute, changeRule } from './commands.ts';
import { type Comparison, compareEntries, contentOf } from './compare.ts';
import { diffLinks } from './diff-links.ts';
import { familyOf } from './json.ts';
import type { IpFamily, LinkAddress, RouteBatch, RouteState, Rule } from './model.ts';

/**
 * Batches that turn what is into what is wanted, in the order to run them, none empty; no batch at all when nothing differs.
 * Missing things come before unused ones go; rules come after the routes they lead to, and go before those. Taking the last
 * address of a family from a device makes the kernel forget more than was asked: whoever does that reads and diffs again.
 */
export function diffRoutes(observed: RouteState, desired: RouteState): readonly RouteBatch[] {
  const links = diffLinks(observed.links, desired.links);
  const left = withoutDevices(observed, links.emptied);
  const wanted = compareStates(left, { ...desired, addresses: desired.addresses.map(withKernelScope) });
  const present = new Set(left.addresses.map((a) => `${a.device} ${a.address}`));
  const write4 = writeLines(wanted, present, 4);
  const write6 = writeLines(wanted, present, 6);
  const batches: readonly RouteBatch[] = [
    { tool: 'ip4', lines: [...links.add, ...write4] },
    { tool: 'ip6', lines: write6 },
    { tool: 'bridge', lines: fdbLines(wanted.fdb) },
    { tool: 'ip4', lines: [...wanted.rules.lines(4), ...removeLines(wanted, 4), ...links.remove] },
    { tool: 'ip6', lines: [...wanted.rules.lines(6), ...removeLines(wanted, 6)] },
  ];
  return batches.filter((batch) => batch.lines.length > 0);
}

// The scope of an IPv6 address is not chosen: the kernel reads it off the address.
function withKernelScope(entry: LinkAddress): LinkAddress {
  if (familyOf(entry.address) === 4) return entry;
  const isLinkLocal = /^fe[89ab]/.test(entry.address);
  return { ...entry, scope: isLinkLocal ? 'link' : entry.address === '::1/128' ? 'host' : 'global' };
}

interface StateComparison {
  readonly addresses: Comparison<RouteState['addresses'][number]>;
  readonly routes: Comparison<RouteState['routes'][number]>;
  readonly neighbours: Comparison<RouteState['neighbours'][number]>;
  readonly fdb: Comparison<RouteState['fdb'][number]>;
  readonly rules: { lines(family: IpFamily): string[] };
}

function compareStates(observed: RouteState, desired: RouteState): StateComparison {
  return {
    addresses: compareEntries(observed.addresses, desired.addresses, (a) => `${a.device} ${a.address}`),
    // IPv4 and IPv6 destinations never look alike.
    routes: compareEntries(observed.routes, desired.routes, (r) => `${r.table} ${r.destination} ${r.metric ?? ''}`),
    neighbours: compareEntries(observed.neighbours, desired.neighbours, (n) => `${n.device} ${n.address}`),
    fdb: compareEntries(observed.fdb, desired.fdb, (f) => `${f.device} ${f.mac}`),
    rules: { lines: (family) => ruleLines(ofFamily(observed.rules, family), ofFamily(desired.rules, family)) },
  };
}

function writeLines(
  { addresses, neighbours, routes }: StateComparison,
  present: ReadonlySet<string>,
  family: IpFamily,
): string[] {
  const added = addresses.write.filter((a) => familyOf(a.address) === family);
  // The scope of an address cannot be changed in place.
  const rescoped = added.filter((a) => present.has(`${a.device} ${a.address}`));
  return [
    ...rescoped.map((a) => changeAddress('del', a)),
    ...added.map((a) => changeAddress('replace', a)),
    ...neighbours.write.filter((n) => familyOf(n.address) === family).map((n) => changeNeighbour('replace', n)),
    ...routes.write.filter((r) => r.family === family).map((r) => changeRoute('replace', r)),
  ];
}

function removeLines({ addresses, neighbours, routes }: StateComparison, family: IpFamily): string[] {
  return [
    ...routes.remove.filter((r) => r.family === family).map((r) => changeRoute('del', r)),
    ...neighbours.remove.filter((n) => familyOf(n.address) === family).map((n) => changeNeighbour('del', n)),
    ...addresses.remove.filter((a) => familyOf(a.address) === family).map((a) => changeAddress('del', a)),
  ];
}

function fdbLines({ write, remove }: StateComparison['fdb']): string[] {
  return [...write.map((entry) => changeFdb('replace', entry)), ...remove.map((entry) => changeFdb('del', entry))];
}

/** A rule cannot be changed in place. At a preference with an opaque rule all go, one by one, and the wanted ones return. */
function ruleLines(observed: readonly Rule[], desired: readonly Rule[]): string[] {
  const opaque = new Set(observed.filter((rule) => rule.opaque === true).map((rule) => rule.priority));
  const cleared = observed.filter((rule) => opaque.has(rule.priority));
  const kept = observed.filter((rule) => !opaque.has(rule.priority));
  const { write, remove } = compareEntries(kept, desired, contentOf);
  const twice = kept.filter((rule, i) => kept.findIndex((other) => contentOf(other) === contentOf(rule)) < i);
  return [
    ...cleared.map((rule) => `rule del priority ${rule.priority}`),
    ...write.map((rule) => changeRule('add', rule)),
    ...[...remove, ...twice].map((rule) => changeRule('del', rule)),
  ];
}

// What is on a device that goes, or that is made anew, goes with it.
function withoutDevices(state: RouteState, gone: ReadonlySet<string>): RouteState {
  if (gone.size === 0) return state;
  const stays = (entry: { readonly device?: string }) => !gone.has(entry.device ?? '');
  return {
    ...state,
    addresses: state.addresses.filter(stays),
    routes: state.routes.filter(stays),
    neighbours: state.neighbours.filter(stays),
    fdb: state.fdb.filter(stays),
  };
}

function ofFamily(rules: readonly Rule[], family: IpFamily): readonly Rule[] {
  return rules.filter((rule) => rule.family === family);
}
