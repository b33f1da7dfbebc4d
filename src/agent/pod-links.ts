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
  /** False before the first `bind` succeeded: what an agent before this one has bound stands, and protects. */
  isKnown(): boolean;
  /** The sets in the kernel may have been emptied. */
  forget(): void;
}

/** Bindings of addresses that nobody has, which are kept. */
const mostGone = 1_024;

interface Binding extends Holder {
  readonly found: readonly HostLink[];
}

/** Keeps the sets `bound` and `link` of both families in our tables `inet` and `bridge`; spawns nothing while no address changes its holder. */
export function createPodLinks(options: PodLinkOptions): PodLinks {
  const { nft, readLink, holders, held, confirm, log } = options;
  const bindings = new Map<string, Binding>();
  let isWritten = false;
  let last: Promise<void> = Promise.resolve();
  const bindNow = async (): Promise<void> => {
    const present = holders();
    const changed = [...present].filter(([address, { id }]) => bindings.get(address)?.id !== id);
    const strange = await findStrange(bindings, options);
    if (changed.length === 0 && strange.length === 0 && isWritten) return;
    isWritten = false;
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
    try {
      await nft.commit({
        text: render(bindings, options.hasBridge?.() ?? true),
        summary: ['bind Pod addresses to their links'],
      });
      isWritten = true;
    } catch (error) {
      // Before the first plan there are no tables.
      log.debug({ error: String(error) }, 'Pod addresses could not be bound to their links');
    }
    // A name may have been given to the next sandbox's link before it was looked up: then this one has ended by now.
    await confirm(changed.map(([, { id }]) => id).filter((id, n, ids) => ids.indexOf(id) === n));
  };
  return {
    isKnown: () => isWritten,
    forget: () => {
      isWritten = false;
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

function render(bindings: ReadonlyMap<string, Binding>, hasBridge: boolean): string {
  const bound = [...bindings].flatMap(([address, { found }]) => found.map((link) => ({ address, ...link })));
  const tables = hasBridge ? (['inet', 'bridge'] as const) : (['inet'] as const);
  const lines = tables.flatMap((table) =>
    ([4, 6] as const).flatMap((family) => {
      const own = bound.filter(
        ({ address, isPort }) => address.includes(':') === (family === 6) && isPort === (table === 'bridge'),
      );
      return [
        ...filled(`${table} ${tableName} ${boundSet}${family}`, [...new Set(own.map(({ address }) => address))]),
        ...filled(
          `${table} ${tableName} ${linkSet}${family}`,
          own.map(({ address, index }) => `${address} . ${index}`),
        ),
      ];
    }),
  );
  return `${lines.join('\n')}\n`;
}

function filled(set: string, elements: readonly string[]): readonly string[] {
  return [`flush set ${set}`, ...(elements.length === 0 ? [] : [`add element ${set} { ${elements.join(', ')} }`])];
}
