import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { diffTables } from '../../src/dataplane/nft/diff.ts';
import { createNft } from '../../src/dataplane/nft/exec.ts';
import type { NftTable } from '../../src/dataplane/nft/model.ts';
import type { NftChange, NftWatch } from '../../src/dataplane/nft/monitor.ts';
import { observedFrom } from '../../src/dataplane/nft/observed.ts';
import { renderTable } from '../../src/dataplane/nft/render.ts';
import { createNftSession } from '../../src/dataplane/nft/session.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createRunner, type Runner } from '../../src/platform/exec.ts';
import { describeInNamespace, tool } from '../support/netns.ts';
import { nftContract } from '../support/nft-contract.ts';

const netdev: NftTable = {
  family: 'netdev',
  name: 'sallyport',
  counters: [],
  sets: [],
  maps: [{ name: 'macs', key: ['mark'], flags: [], value: 'ether_addr', elements: [['513', '02:eb:00:00:02:01']] }],
  chains: [
    {
      name: 'tx',
      base: { type: 'filter', hook: 'egress', priority: 0, policy: 'accept', devices: ['dev0', 'dev1'] },
      rules: ['ether daddr set meta mark & 0x1fff map @macs', 'meta mark set 0'],
    },
    {
      name: 'rx',
      base: { type: 'filter', hook: 'ingress', priority: -500, policy: 'accept', devices: ['dev0'] },
      rules: ['meta pkttype set host'],
    },
  ],
};
const inet: NftTable = {
  family: 'inet',
  name: 'sallyport',
  counters: [],
  sets: [{ name: 'held', key: ['ipv4_addr'], flags: ['dynamic', 'timeout'], timeout: 60, size: 100, elements: [] }],
  maps: [],
  chains: [
    {
      name: 'raw',
      base: { type: 'filter', hook: 'prerouting', priority: -300, policy: 'accept' },
      rules: ['udp dport 8479 notrack', 'add @held { ip saddr timeout 5s }'],
    },
  ],
};
const both = [netdev, inet];

await describeInNamespace(import.meta.url, 'nft on a real kernel', () => {
  const pids: number[] = [];
  const real = createRunner();
  const runner: Runner = {
    run: real.run,
    lines: (command, args, options) => real.lines(command, args, { ...options, onStart: (pid) => pids.push(pid) }),
  };
  const nft = createNft({ runner, clock: systemClock });
  const intrude = async (text: string) => {
    tool('nft', ['-f', '-'], text);
  };
  const become = async (desired: readonly NftTable[]) => {
    const transaction = diffTables(await nft.read(both), desired);
    if (transaction !== undefined) await nft.commit(transaction);
    return transaction;
  };

  describe('keeps the contract', () => {
    nftContract(async () => ({ nft, intrude }), 40);
  });

  describe('with a session', () => {
    const spawned: string[] = [];
    const counting = createRunner({ onSpawn: (command) => spawned.push(command) });
    const over = new AbortController();
    const session = createNftSession({ runner: counting, clock: systemClock, signal: over.signal });
    const withSession = createNft({ runner: counting, clock: systemClock, session });
    afterAll(() => over.abort());

    nftContract(async () => ({ nft: withSession, intrude }), 40);

    it('has one process for a hundred transactions, and sees what others did between them', async () => {
      tool('nft', ['flush', 'ruleset']);
      tool('nft', ['-f', '-'], 'table inet t { set a { type ipv4_addr; }; }\n');
      const add = (n: number) => withSession.commit({ text: `add element inet t a { 10.0.0.${n} }\n`, summary: [] });
      await add(0);
      spawned.length = 0;
      for (let n = 1; n <= 100; n++) await add(n);
      expect(spawned).toEqual([]);
      tool(
        'nft',
        ['-f', '-'],
        'delete table inet t\ntable inet t { set a { type ipv4_addr; elements = { 10.0.1.1 } }; }\n',
      );
      await add(1);
      expect(tool('nft', ['list', 'set', 'inet', 't', 'a'])).toContain('{ 10.0.0.1, 10.0.1.1 }');
    });
  });

  describe('devices', () => {
    beforeEach(() => {
      tool('nft', ['flush', 'ruleset']);
      for (const link of JSON.parse(tool('ip', ['-j', 'link', 'show', 'type', 'veth']))) {
        if (link.ifname === 'dev0') tool('ip', ['link', 'del', 'dev0']);
      }
      tool('ip', ['link', 'add', 'dev', 'dev0', 'type', 'veth', 'peer', 'name', 'dev1']);
    });

    it('are read back, with rules that 1.0.6 wants on their own line', async () => {
      await become(both);
      expect(await nft.read(both)).toEqual(both.map(observedFrom));
      expect(await become(both)).toBeUndefined();
    });

    it('can be loaded from the readable file', async () => {
      await intrude(both.map(renderTable).join('\n'));
      expect(await nft.read(both)).toEqual(both.map(observedFrom));
    });

    it('are changed by making the chain anew, in one transaction', async () => {
      await become(both);
      const chains = netdev.chains.map((chain) =>
        chain.base === undefined ? chain : { ...chain, base: { ...chain.base, devices: ['dev1'], priority: 10 } },
      );
      const changed = [{ ...netdev, chains }, inet];
      await become(changed);
      expect(await nft.read(both)).toEqual(changed.map(observedFrom));
    });

    it('come back to their chains after they were made anew', async () => {
      await become(both);
      tool('ip', ['link', 'del', 'dev0']);
      tool('ip', ['link', 'add', 'dev', 'dev0', 'type', 'veth', 'peer', 'name', 'dev1']);
      await become(both);
      expect(await nft.read(both)).toEqual(both.map(observedFrom));
    });
  });

  it('replaces a table that somebody made dormant', async () => {
    await intrude('flush ruleset');
    await become([inet]);
    await intrude('add table inet sallyport { flags dormant; }');
    expect((await nft.read(both))[0]?.foreign).toContain('dormant');
    await become([inet]);
    expect(await nft.read(both)).toEqual([observedFrom(inet)]);
  });

  it('loads 5,000 elements and changes one of them', async () => {
    const elements = Array.from({ length: 5000 }, (_, i) => [`10.0.${i >> 8}.${i & 255}`, '513'] as const);
    const map = { name: 'pods', key: ['ipv4_addr'], flags: [], value: 'mark', elements } as const;
    await become([{ ...inet, maps: [map] }]);
    const changed = elements.map(([key, value]) => [key, key === '10.0.0.7' ? '514' : value] as const);
    const change = await become([{ ...inet, maps: [{ ...map, elements: changed }] }]);
    expect(change?.text).toBe(
      'delete element inet sallyport pods { 10.0.0.7 }\nadd element inet sallyport pods { 10.0.0.7 : 514 }\n',
    );
  });

  describe('watching', () => {
    const watching = async (body: (changes: { at: number; change: NftChange }[]) => Promise<void>) => {
      await intrude('flush ruleset');
      await become([inet]);
      const changes: { at: number; change: NftChange }[] = [];
      const end = new AbortController();
      const onChange: NftWatch['onChange'] = (change) => changes.push({ at: performance.now(), change });
      const done = nft.watch({ tables: both, signal: end.signal, onChange });
      try {
        await expect.poll(() => changes.length, { timeout: 5000, interval: 2 }).toBe(1);
        await body(changes);
      } finally {
        end.abort();
        await done;
      }
    };

    it('tells of a flushed ruleset within 100 ms', async () => {
      await watching(async (changes) => {
        const times: number[] = [];
        for (let i = 0; i < 5; i += 1) {
          await become([inet]);
          const before = changes.length;
          const started = performance.now();
          const flushed = runner.run('nft', ['flush', 'ruleset']);
          await expect.poll(() => changes.length, { timeout: 2000, interval: 1 }).toBeGreaterThan(before);
          times.push((changes.at(-1)?.at ?? 0) - started);
          await flushed;
        }
        // The median: other tests share the machine.
        expect(times.toSorted((a, b) => a - b)[2]).toBeLessThan(100);
      });
    });

    it('goes on, and says that it was deaf, when its process dies', async () => {
      await watching(async (changes) => {
        process.kill(pids.at(-1) ?? 0, 'SIGKILL');
        await expect.poll(() => changes.length, { timeout: 5000, interval: 2 }).toBeGreaterThanOrEqual(3);
        expect(changes.map(({ change }) => change.kind)).toEqual(['unknown', 'unknown', 'unknown']);
        await intrude('flush chain inet sallyport raw');
        await expect.poll(() => changes.at(-1)?.change.kind, { timeout: 5000, interval: 2 }).toBe('foreign');
      });
    });

    it('says nothing of its own transactions, many and large ones either', async () => {
      await watching(async (changes) => {
        for (let i = 0; i < 10; i += 1) {
          const elements = Array.from({ length: 500 }, (_, j) => [`10.${i}.${j >> 8}.${j & 255}`, '513'] as const);
          await become([{ ...inet, maps: [{ name: 'm', key: ['ipv4_addr'], flags: [], value: 'mark', elements }] }]);
        }
        await systemClock.sleep(200);
        expect(changes.slice(1)).toEqual([]);
      });
    });

    it('says unknown when the kernel dropped events', async () => {
      await watching(async (changes) => {
        const monitor = pids.at(-1) ?? 0;
        process.kill(monitor, 'SIGSTOP');
        for (let i = 0; i < 40; i += 1) {
          const elements = Array.from({ length: 4000 }, (_, j) => `10.${i}.${j >> 8}.${j & 255}`).join(', ');
          await intrude(`table ip other {\n set s {\n type ipv4_addr;\n elements = { ${elements} }\n }\n}\n`);
        }
        process.kill(monitor, 'SIGCONT');
        await expect
          .poll(() => changes.at(-1)?.change, { timeout: 20_000, interval: 20 })
          .toEqual({
            kind: 'unknown',
            why: 'nft monitor lost events',
          });
      });
    });
  });
});
