import { describe, expect, it } from 'vitest';
import { createEndedAddresses } from '../../../src/agent/ended-addresses.ts';
import { silentLog } from '../../support/silent-log.ts';

/** Plays the sets as nft would: what is not there cannot be deleted. */
function start() {
  const held = new Set<string>(['10.0.0.99']);
  const commits: string[] = [];
  const retired = new Set<string>();
  const apply = (line: string) => {
    const [, verb, name, list = ''] =
      /^(add|delete|flush) (?:element|set) inet sallyport (ended|retired)[46](?: \{ (.*) \})?$/.exec(line) ?? [];
    const items = list.split(', ').filter(Boolean);
    const set = name === 'retired' ? retired : held;
    if (verb === 'flush') set.clear();
    else if (verb === 'add') for (const item of items) set.add(item);
    else if (verb === 'delete') {
      for (const item of items) if (!set.delete(item)) throw new Error(`no ${item}`);
    } else throw new Error(`what is ${line}?`);
  };
  const commit = async ({ text }: { readonly text: string }) => {
    await Promise.resolve();
    commits.push(text);
    for (const line of text.trim().split('\n')) apply(line);
  };
  return { held, retired, commits, ended: createEndedAddresses({ nft: { commit }, log: silentLog }) };
}

describe('addresses whose sandbox ended', () => {
  it('are held at once, and let go after a round that began later', async () => {
    const { held, commits, ended } = start();
    ended.begin()();
    await ended.idle();
    expect([...held]).toEqual([]); // those of an agent before this one
    const early = ended.begin();
    ended.hold(['10.0.0.2', 'fd00::2']);
    early();
    await ended.idle();
    expect([...held]).toEqual(['10.0.0.2', 'fd00::2']);
    ended.begin()();
    await ended.idle();
    expect([...held]).toEqual([]);
    const { length } = commits;
    ended.begin()();
    ended.hold([]);
    await ended.idle();
    expect(commits).toHaveLength(length);
  });

  it('stay held when they end once more before they were let go', async () => {
    const { held, ended } = start();
    ended.hold(['10.0.0.2']);
    const over = ended.begin();
    over();
    ended.hold(['10.0.0.2']);
    await ended.idle();
    expect([...held]).toEqual(['10.0.0.2']);
  });

  it('are retired with that, and when flows of theirs are ended', async () => {
    const { held, retired, ended } = start();
    ended.hold(['10.0.0.2']);
    await ended.retire(['10.0.0.2', 'fd00::3']);
    expect([...retired]).toEqual(['10.0.0.2', 'fd00::3']);
    expect(held.has('fd00::3')).toBe(false);
  });

  it('share a transaction when many end at a time', async () => {
    const { held, commits, ended } = start();
    for (let n = 1; n <= 50; n += 1) ended.hold([`10.0.0.${n}`]);
    await ended.idle();
    expect(held.size).toBe(51);
    expect(commits.length).toBeLessThanOrEqual(2);
  });
});
