import { NftError, type NftFailure } from '../../src/dataplane/nft/classify.ts';
import { tablePath } from '../../src/dataplane/nft/commands.ts';
import type { Nft } from '../../src/dataplane/nft/exec.ts';
import type { ObservedTable } from '../../src/dataplane/nft/model.ts';
import type { NftWatch } from '../../src/dataplane/nft/monitor.ts';
import { type Draft, type FakeTable, observeFake, runCommand } from './fake-nft-commands.ts';

export interface FakeNft extends Nft {
  /** Texts that were committed, oldest first. */
  readonly commits: readonly string[];
  /** Another program's transaction: watchers are told. Understands what diff.ts writes, and `flush ruleset`. */
  intrude(text: string): Promise<void>;
  /** The next commit fails like this. */
  failNext(failure: NftFailure): void;
}

export interface FakeNftOptions {
  /** Families. */
  readonly refused?: readonly string[];
  /** Default true; without, `commits` stays empty. */
  readonly remembers?: boolean;
}

/** nftables in memory: interprets transactions on a copy, which counts only when every command worked; of `refused` families it knows nothing, as a kernel built without. */
export function createFakeNft({ refused = [], remembers = true }: FakeNftOptions = {}): FakeNft {
  let tables: ReadonlyMap<string, FakeTable> = new Map();
  let nextFailure: NftFailure | undefined;
  const commits: string[] = [];
  const watches = new Set<NftWatch>();

  const take = (failure: NftFailure | undefined) => {
    if (failure !== undefined) throw new NftError({ failure, message: `told to fail: ${failure}` });
  };
  const tryOut = (text: string) => {
    const isRefused = refused.some((family) =>
      new RegExp(`\\b(table|set|map|chain|rule|element) ${family} `).test(text),
    );
    take(isRefused ? 'unsupported' : undefined);
    return interpret(tables, text);
  };
  return {
    commits,
    read: async (names) =>
      names
        .map((name) => tables.get(tablePath(name)))
        .filter((table) => table !== undefined)
        .map(observe),
    check: async ({ text }) => {
      tryOut(text);
    },
    commit: async ({ text }) => {
      const failure = nextFailure;
      nextFailure = undefined;
      take(failure);
      tables = tryOut(text);
      if (remembers) commits.push(text);
    },
    watch: (watch) => keepWatch(watches, watch),
    intrude: async (text) => {
      const before = tables;
      tables = text.trim() === 'flush ruleset' ? new Map() : tryOut(text);
      for (const watch of watches) {
        const touched = watch.tables.map(tablePath).filter((path) => before.get(path) !== tables.get(path));
        const gone = touched.filter((path) => !tables.has(path)).sort();
        if (touched.length > 0)
          watch.onChange({ kind: 'foreign', tables: touched.sort(), gone, process: 'nft', pid: 1 });
      }
    },
    failNext: (failure) => {
      nextFailure = failure;
    },
  };
}

function interpret(tables: ReadonlyMap<string, FakeTable>, text: string): ReadonlyMap<string, FakeTable> {
  const draft: Draft = { tables: new Map(tables), own: new Set() };
  for (const [i, command] of text.split('\n').entries()) {
    if (command !== '') runCommand(draft, command, i + 1);
  }
  return draft.tables;
}

function observe(table: FakeTable): ObservedTable {
  return observeFake(table);
}

async function keepWatch(watches: Set<NftWatch>, watch: NftWatch): Promise<void> {
  if (watch.signal.aborted) return;
  watches.add(watch);
  watch.onChange({ kind: 'unknown', why: 'the fake has begun to listen' });
  await new Promise((resolve) => watch.signal.addEventListener('abort', resolve, { once: true }));
  watches.delete(watch);
}
