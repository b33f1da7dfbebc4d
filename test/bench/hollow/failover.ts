import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { groupAddressesOf } from '../../../src/dataplane/vrrp/addresses.ts';
import { renderFailoverState } from '../../../src/dataplane/vrrp/state.ts';
import { writeFileAtomic } from '../../../src/platform/files.ts';

/** The network that the candidates share, over all hollow processes: who owns each group. */
export interface Segment {
  /** Whether this node owns the group from now on, or did already. */
  claim(group: number, node: string): boolean;
  release(group: number, node: string): void;
}

/** A segment as files of a folder. */
export function openSegment(dir: string): Segment {
  mkdirSync(dir, { recursive: true });
  const fileOf = (group: number) => join(dir, `${group}`);
  const ownerOf = (group: number): string | undefined => {
    try {
      return readFileSync(fileOf(group), 'utf8');
    } catch {
      return undefined;
    }
  };
  return {
    claim: (group, node) => {
      try {
        writeFileSync(fileOf(group), node, { flag: 'wx' });
        return true;
      } catch {
        return ownerOf(group) === node;
      }
    },
    release: (group, node) => {
      if (ownerOf(group) === node) rmSync(fileOf(group), { force: true });
    },
  };
}

export interface FailoverOptions {
  readonly name: string;
  readonly segment: Segment;
  readonly stateFile: string;
  /** keepalived.conf as the agent left it; empty: none. */
  readConfig(): Promise<string>;
  /** The addresses that this node holds by its groups have changed. */
  onAddresses(addresses: readonly string[]): void;
  readonly signal: AbortSignal;
}

const pollMs = 500;

/** Owns every group of the configuration that nobody else owns, and says so in the state file; gives all up at abort. */
export async function runFailover(options: FailoverOptions): Promise<void> {
  const { name, segment, signal, readConfig, onAddresses } = options;
  let config = '';
  let owned = new Set<number>();
  let said = '';
  let shown = '';
  while (!signal.aborted) {
    await delay(pollMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    const text = await readConfig();
    if (text === '' && config === '') continue;
    config = text;
    const groups = groupAddressesOf(config);
    const named = new Set(groups.map(({ group }) => group));
    for (const group of owned) if (!named.has(group)) segment.release(group, name);
    owned = new Set(groups.filter(({ group }) => segment.claim(group, name)).map(({ group }) => group));
    const state = renderFailoverState({
      ...{ running: named.size > 0, dead: [], isUrgent: true },
      flows: new Map([...named].map((group) => [group, 'Synced'] as const)),
    });
    if (state !== said) await writeFileAtomic(options.stateFile, state);
    said = state;
    const addresses = groups
      .filter(({ group }) => owned.has(group))
      .flatMap((group) => group.addresses.map(({ address }) => address));
    if (addresses.join() !== shown) onAddresses(addresses);
    shown = addresses.join();
  }
  for (const group of owned) segment.release(group, name);
}
