import { addVeth, addVxlan } from './commands.ts';
import type { Link, VethLink } from './model.ts';

/** Lines about links, and which devices lose everything that is on them. */
export interface LinkChange {
  readonly add: readonly string[];
  /** To be run last: what is on them must go first. */
  readonly remove: readonly string[];
  readonly emptied: ReadonlySet<string>;
}

/**
 * Links are compared by nature: whatever differs but mtu and state makes the device anew (changing the MAC in place would
 * flush its permanent neighbours).
 */
export function diffLinks(observed: readonly Link[], desired: readonly Link[]): LinkChange {
  const before = new Map(observed.map((link) => [link.name, link]));
  const wanted = new Map(desired.map((link) => [link.name, link]));
  const stale = new Set<string>();
  for (const link of desired) {
    const old = before.get(link.name);
    if (old !== undefined && natureOf(old) === natureOf(link)) continue;
    for (const name of withPeers(link, old)) stale.add(name);
  }
  const made = new Set<string>();
  const add = [...stale].filter((name) => before.has(name)).flatMap((name) => deleteOnce(name, before, made));
  const fresh = new Set<string>();
  for (const link of desired) {
    if (!stale.has(link.name) && before.has(link.name)) continue;
    if (!fresh.has(link.name)) add.push(...addLink(link, wanted));
    fresh.add(link.name);
    if (link.kind === 'veth') fresh.add(link.peer);
  }
  for (const link of desired) add.push(...settle(link, fresh.has(link.name) ? undefined : before.get(link.name)));
  const unused = [...before.keys()].filter((name) => !wanted.has(name) && !stale.has(name));
  const gone = new Set<string>();
  const remove = unused.flatMap((name) => deleteOnce(name, before, gone));
  return { add, remove, emptied: new Set([...stale, ...unused]) };
}

function addLink(link: Link, wanted: ReadonlyMap<string, Link>): string[] {
  if (link.kind === 'other') throw new RangeError(`link ${link.name} has the kind "other", which cannot be made`);
  if (link.kind === 'vxlan') return [addVxlan(link), noAutomaticAddress(link.name)];
  const peer = wanted.get(link.peer);
  if (peer?.kind !== 'veth') throw new RangeError(`veth ${link.name} names the peer ${link.peer}, which is not wanted`);
  return [addVeth(link, peer), noAutomaticAddress(link.name), noAutomaticAddress(peer.name)];
}

// Else IPv6 makes an address of its own and speaks multicast into the tunnel.
function noAutomaticAddress(name: string): string {
  return `link set dev ${name} addrgenmode none`;
}

function settle(link: Link, old: Link | undefined): string[] {
  const mtu = old !== undefined && old.mtu !== link.mtu ? [`link set dev ${link.name} mtu ${link.mtu}`] : [];
  const isUp = old?.up ?? false;
  return isUp === link.up ? mtu : [...mtu, `link set dev ${link.name} ${link.up ? 'up' : 'down'}`];
}

// Deleting one end of a pair deletes both.
function deleteOnce(name: string, before: ReadonlyMap<string, Link>, gone: Set<string>): string[] {
  if (gone.has(name)) return [];
  gone.add(name);
  const link = before.get(name);
  if (link?.kind === 'veth') gone.add(link.peer);
  return [`link del dev ${name}`];
}

function withPeers(link: Link, old: Link | undefined): string[] {
  const peers = [link, old].filter((l): l is VethLink => l?.kind === 'veth').map((l) => l.peer);
  return [link.name, ...peers];
}

function natureOf(link: Link): string {
  if (link.kind === 'other') return link.kind;
  const own = link.kind === 'veth' ? link.peer : `${link.vni} ${link.port} ${link.local ?? ''}`;
  return `${link.kind} ${link.mac} ${own}`;
}
