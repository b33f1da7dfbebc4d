import type { Holder } from '../cri/book.ts';
import { boundSet, linkSet, tableName } from '../dataplane/desired/names.ts';
import type { Nft } from '../dataplane/nft/exec.ts';
import { readTextIfExists } from '../platform/files.ts';
import type { Logger } from '../telemetry/log.ts';

/** A link of this node: its interface index, and whether it is a port of a bridge. */
export interface HostLink {
  readonly index: number;
  readonly isPort: boolean;
}

export interface PodLinkOptions {
  readonly nft: Pick<Nft, 'commit'>;
  /** Undefined: there is none of that name. */
  readLink(name: string): Promise<HostLink | undefined>;
  /** Whether there is a table of bridges (default: there is); without it a bridge's ports bind nothing. */
  hasBridge?(): boolean;
  /** Whose each address is, at the moment of the call. */
  holders(): ReadonlyMap<string, Holder>;
  /** While the runtime is lost: whose each address is by the API, by Pod uid; else undefined. */
  fromApi?(): ReadonlyMap<string, string> | undefined;
  /** Resolves when the kernel holds every address whose sandbox ended up to now (`EndedAddresses`). */
  held(): Promise<void>;
  /** Asks for these sandboxes once more; an end has been heeded when this resolves (`SandboxWatch`). */
  confirm(ids: readonly string[]): Promise<void>;
  readonly log: Logger;
}

/**
 * Binds addresses to the links of the sandboxes that have them: what another link sends from a bound address does not leave the cluster,
 * whatever was judged of that address and whatever flow it seems to belong to. The next sandbox has another link, by number.
 */
export interface PodLinks {
  /**
   * Binds every address to the links of whoever has it when its turn comes; addresses that nobody has keep theirs. While the runtime is lost
   * one that the API gives to another Pod, or to one whose links are gone, is bound no more: nobody tells its new link. One that changed its
   * holder is held in the kernel by then, and must stay so until its new holder is judged and the former one's flows are ended. May
   * reject; the next call tries again.
   */
  bind(): Promise<void>;
  /** False until a `bind` has succeeded, and after one failed: what an agent before this one has bound stands, and protects. */
  isKnown(): boolean;
  /** The sets in the kernel may have been emptied. */
  forget(): void;
}

/** Bindings of addresses that nobody has, which are kept. */
const mostGone = 1_024;

interface Binding extends Holder {
  readonly found: readonly HostLink[];
}

/** Elements by set (`inet sallyport bound4`). */
type Elements = ReadonlyMap<string, ReadonlySet<string>>;

/** Keeps the sets `bound` and `link` of both families in our tables `inet` and `bridge`; does nothing while no address changes its holder. */
export function createPodLinks(options: PodLinkOptions): PodLinks {
  const { nft, readLink, holders, held, confirm, log } = options;
  const bindings = new Map<string, Binding>();
  // What is in the kernel, where that is known.
  let written: Elements | undefined;
  let forgotten = 0;
  // Whether `bindings` has what is not written.
  let isBehind = true;
  let last: Promise<void> = Promise.resolve();
  const bindNow = async (): Promise<void> => {
    const present = holders();
    const changed = [...present].filter(([address, { id }]) => bindings.get(address)?.id !== id);
    const strange = await findStrange(bindings, options);
    if (changed.length === 0 && strange.length === 0 && !isBehind) return;
    isBehind = true;
    for (const address of strange) bindings.delete(address);
    for (const [address, holder] of changed) {
      const all = await Promise.all(holder.links.map(readLink));
      const found = all.filter((link) => link !== undefined);
      // The bridge itself is among its CNI plugin's links.
      const ports = found.filter(({ isPort }) => isPort);
      bindings.set(address, { ...holder, found: ports.length > 0 ? ports : found });
    }
    prune(bindings, present);
    await held();
    const wanted = elementsOf(bindings, options.hasBridge?.() ?? true);
    const lines = changesOf(written, wanted);
    const before = forgotten;
    try {
      if (lines.length > 0)
        await nft.commit({ text: `${lines.join('\n')}\n`, summary: ['bind Pod addresses to their links'] });
      if (forgotten === before) {
        written = wanted;
        isBehind = false;
      }
    } catch (error) {
      written = undefined;
      // Before the first plan there are no tables.
      log.debug({ error: String(error) }, 'Pod addresses could not be bound to their links');
    }
    // A name may have been given to the next sandbox's link before it was looked up: then this one has ended by now.
    await confirm(changed.map(([, { id }]) => id).filter((id, n, ids) => ids.indexOf(id) === n));
  };
  return {
    isKnown: () => written !== undefined,
    forget: () => {
      forgotten += 1;
      written = undefined;
      isBehind = true;
    },
    bind: () => {
      last = last.catch(() => {}).then(bindNow);
      return last;
    },
  };
}

/** Addresses that are bound to links which, by the API, are not those of whoever has them now. */
async function findStrange(
  bindings: ReadonlyMap<string, Binding>,
  { fromApi, readLink }: PodLinkOptions,
): Promise<readonly string[]> {
  const owners = fromApi?.();
  if (owners === undefined) return [];
  const isGone = async ({ links, found }: Binding): Promise<boolean> => {
    const now = await Promise.all(links.map(readLink));
    return !found.some(({ index }) => now.some((link) => link?.index === index));
  };
  const strange: string[] = [];
  for (const [address, binding] of bindings) {
    const uid = owners.get(address);
    if (uid !== undefined && binding.found.length > 0 && (uid !== binding.uid || (await isGone(binding))))
      strange.push(address);
  }
  return strange;
}

/** Index and kind of a link, from /sys of the network namespace that it was mounted in. */
export async function readHostLink(name: string): Promise<HostLink | undefined> {
  const [index, port] = await Promise.all(
    ['ifindex', 'brport/port_no'].map((file) =>
      readTextIfExists(`/sys/class/net/${name}/${file}`).catch(() => undefined),
    ),
  );
  const number = Number(index ?? Number.NaN);
  return Number.isInteger(number) && number > 0 ? { index: number, isPort: port !== undefined } : undefined;
}

// By then no plan knows of them. An IPv6 range never comes round again.
function prune(bindings: Map<string, Binding>, holders: ReadonlyMap<string, Holder>): void {
  const gone = [...bindings.keys()].filter((address) => !holders.has(address));
  for (const address of gone.slice(0, -mostGone)) bindings.delete(address);
}

function elementsOf(bindings: ReadonlyMap<string, Binding>, hasBridge: boolean): Elements {
  const sets = new Map<string, Set<string>>();
  for (const table of hasBridge ? ['inet', 'bridge'] : ['inet'])
    for (const family of [4, 6])
      for (const set of [boundSet, linkSet]) sets.set(`${table} ${tableName} ${set}${family}`, new Set());
  for (const [address, { found }] of bindings)
    for (const { index, isPort } of found) {
      const table = isPort ? 'bridge' : 'inet';
      const family = address.includes(':') ? 6 : 4;
      sets.get(`${table} ${tableName} ${boundSet}${family}`)?.add(address);
      sets.get(`${table} ${tableName} ${linkSet}${family}`)?.add(`${address} . ${index}`);
    }
  return sets;
}

/** Pure: the commands from what the sets have (undefined: nobody knows) to what they should. */
function changesOf(before: Elements | undefined, wanted: Elements): readonly string[] {
  return [...wanted].flatMap(([set, elements]) => {
    const present = before?.get(set);
    const gone = [...(present ?? [])].filter((element) => !elements.has(element));
    const added = [...elements].filter((element) => present?.has(element) !== true);
    return [
      ...(present === undefined ? [`flush set ${set}`] : []),
      ...(gone.length === 0 ? [] : [`delete element ${set} { ${gone.join(', ')} }`]),
      ...(added.length === 0 ? [] : [`add element ${set} { ${added.join(', ')} }`]),
    ];
  });
}
