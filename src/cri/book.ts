import type { ListedSandbox, SandboxStatus } from './messages.ts';

/** The addresses of ready sandboxes by Pod uid, none on the node's own network; the same map, with the same lists in it, until something changes. */
export type SandboxAddresses = ReadonlyMap<string, readonly string[]>;

/** Whose an address is: a ready sandbox, and the node's ends of its links (`SandboxStatus`). */
export interface Holder {
  readonly id: string;
  /** Of its Pod. */
  readonly uid: string;
  readonly links: readonly string[];
}

/** A moment in the order of questions, answers and ends. */
export type Moment = number;

/** What is known of a runtime's sandboxes. An end counts at once; whatever was asked before it says nothing about that sandbox any more. */
export interface SandboxBook {
  /** To be called before a question is sent; its answer is handed in with this moment. */
  begin(): Moment;
  /** Takes a complete list; answers the ids of ready sandboxes whose addresses have to be asked for. */
  list(asked: Moment, sandboxes: readonly ListedSandbox[]): readonly string[];
  /**
   * Takes the answer about one sandbox (undefined: there is none); answers the ids that lost an address to it and have to be asked
   * again, as losers: such an answer takes nothing back, else two that are ready with one address would be asked for ever.
   */
  status(asked: Moment, id: string, status: SandboxStatus | undefined, isLoser?: boolean): readonly string[];
  /** The sandbox stopped or was removed. */
  end(id: string): void;
  /** Whether a ready sandbox and its addresses are known. */
  knows(id: string): boolean;
  addresses(): SandboxAddresses;
  /** By address; of two that are ready with one address there is none. */
  holders(): ReadonlyMap<string, Holder>;
}

interface Known {
  readonly uid: string;
  readonly addresses: readonly string[];
  readonly links: readonly string[];
  /** When the question was asked that told of it. */
  readonly since: Moment;
}

// Only an answer under way could speak of an ended sandbox: none waits as long as that many take to end.
const rememberedEnds = 4_096;

export function createSandboxBook(): SandboxBook {
  const known = new Map<string, Known>();
  const ended = new Map<string, Moment>();
  let now: Moment = 0;
  let byUid: SandboxAddresses = new Map();
  let isStale = false;

  const isOutdated = (id: string, asked: Moment) => (ended.get(id) ?? 0) > asked;
  const remove = (id: string) => {
    if (known.delete(id)) isStale = true;
  };
  const takeAddresses = (id: string, { addresses }: Known): string[] => {
    const losers = [...known].filter(
      ([other, entry]) => other !== id && entry.addresses.some((a) => addresses.includes(a)),
    );
    for (const [other] of losers) remove(other);
    return losers.map(([other]) => other);
  };
  return {
    begin: () => {
      now += 1;
      return now;
    },
    list: (asked, sandboxes) => {
      const ready = new Set(sandboxes.filter((sandbox) => sandbox.ready).map(({ id }) => id));
      for (const [id, { since }] of known) if (since < asked && !ready.has(id)) remove(id);
      return [...ready].filter((id) => !isOutdated(id, asked) && (known.get(id)?.addresses.length ?? 0) === 0);
    },
    status: (asked, id, status, isLoser = false) => {
      if (isOutdated(id, asked)) return [];
      if (status === undefined || !status.ready || status.id !== id) {
        remove(id);
        return [];
      }
      const { uid, addresses, links } = status;
      const entry: Known = { uid, addresses, links, since: asked };
      const before = known.get(id);
      if (before !== undefined && sameKnown(before, entry)) return [];
      const losers = isLoser ? [] : takeAddresses(id, entry);
      known.set(id, entry);
      isStale = true;
      return losers;
    },
    end: (id) => {
      now += 1;
      ended.delete(id);
      ended.set(id, now);
      const [oldest] = ended.keys();
      if (ended.size > rememberedEnds && oldest !== undefined) ended.delete(oldest);
      remove(id);
    },
    knows: (id) => (known.get(id)?.addresses.length ?? 0) > 0,
    holders: () => holdersOf(known),
    addresses: () => {
      if (isStale) byUid = collect(known, byUid);
      isStale = false;
      return byUid;
    },
  };
}

function collect(known: ReadonlyMap<string, Known>, before: SandboxAddresses): SandboxAddresses {
  const after = new Map<string, readonly string[]>();
  for (const { uid, addresses } of known.values()) {
    after.set(uid, [...(after.get(uid) ?? []), ...addresses]);
  }
  for (const [uid, addresses] of after) {
    const old = before.get(uid);
    if (old !== undefined && sameItems(old, addresses)) after.set(uid, old);
  }
  const isSame = after.size === before.size && [...after].every(([uid, addresses]) => before.get(uid) === addresses);
  return isSame ? before : after;
}

function holdersOf(known: ReadonlyMap<string, Known>): ReadonlyMap<string, Holder> {
  const all = [...known].flatMap(([id, { uid, addresses, links }]) =>
    addresses.map((address) => [address, { id, uid, links }] as const),
  );
  const holders = new Map(all);
  for (const [address, { id }] of all) if (holders.get(address)?.id !== id) holders.delete(address);
  return holders;
}

function sameKnown(a: Known, b: Known): boolean {
  return a.uid === b.uid && sameItems(a.addresses, b.addresses) && sameItems(a.links, b.links);
}

function sameItems(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
