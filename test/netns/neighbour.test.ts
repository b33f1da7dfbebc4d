import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { createNeighbours } from '../../src/dataplane/neighbour/exec.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createRunner } from '../../src/platform/exec.ts';
import { addNamespace, describeInNamespace, tool } from '../support/netns.ts';

// One link, four hosts: this one asks, `owner` and `thief` have addresses, `other` has none of them.
await describeInNamespace(import.meta.url, 'asking on the wire', () => {
  const macs = { owner: '02:00:00:00:00:01', thief: '02:00:00:00:00:02', other: '02:00:00:00:00:03' } as const;
  const spawned: string[] = [];
  const stop = new AbortController();
  const neighbours = createNeighbours({
    runner: createRunner({ onSpawn: (command) => spawned.push(command) }),
    clock: systemClock,
    signal: stop.signal,
  });
  const addPort = (place: number) => {
    tool('ip', ['link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `port${place}`]);
    tool('ip', ['link', 'set', `port${place}`, 'master', 'br0', 'up']);
    tool('ip', ['addr', 'add', '192.0.2.11/24', 'dev', 'eth0']);
    tool('ip', ['link', 'set', 'eth0', 'up']);
  };
  // A link that has just come up may lose the first question, as a new IPv6 address does while it is tentative.
  const askUntil = async (address: string, wanted: number, device = 'eth0') => {
    for (let turn = 0; turn < 12; turn++) {
      const macs = (await neighbours.ask(device, [address])).get(address) ?? [];
      if (macs.length === wanted) return macs;
    }
    throw new Error(`not ${wanted} answers for ${address}`);
  };
  const children = () =>
    tool('ps', ['-o', 'args='])
      .split('\n')
      .filter((line) => / -i$|-batch/.test(line));
  const askTables = () => tool('nft', ['list', 'tables']).match(/sallyport-ask/g)?.length ?? 0;

  beforeAll(() => {
    tool('ip', ['link', 'add', 'br0', 'type', 'bridge']);
    for (const [place, [name, mac]] of Object.entries(macs).entries()) {
      const host = addNamespace(name);
      tool('ip', ['link', 'add', `port${place + 1}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name]);
      host('ip', ['link', 'set', 'eth0', 'address', mac, 'up']);
      host('ip', ['addr', 'add', `192.0.2.${place + 12}/24`, 'dev', 'eth0']);
      const own = { owner: ['192.0.2.100/32', '2001:db8::1/128'], thief: ['192.0.2.100/32'], other: [] }[name] ?? [];
      for (const address of own)
        host('ip', ['addr', 'add', address, 'dev', 'eth0', ...(address.includes(':') ? ['nodad'] : [])]);
      if (name === 'owner') host('ip', ['addr', 'add', '192.0.2.101/32', 'dev', 'eth0']);
      tool('ip', ['link', 'set', `port${place + 1}`, 'master', 'br0', 'up']);
    }
    tool('ip', ['link', 'set', 'br0', 'up']);
    addPort(0);
  });
  afterEach(() => {
    expect(tool('ip', ['neigh', 'show', 'dev', 'eth0'])).not.toMatch(/192\.0\.2\.10\d|2001:db8/);
  });

  it('starts nothing where nothing is asked', async () => {
    await neighbours.listen([]);
    await expect(neighbours.ask('eth0', ['192.0.2.100'])).rejects.toThrow('call listen before');
    expect(spawned).toEqual([]);
  });

  it('hears everybody who answers, and nobody where nobody does', async () => {
    await neighbours.listen(['eth0']);
    await askUntil('2001:db8::1', 1);
    const answers = await neighbours.ask('eth0', ['192.0.2.100', '192.0.2.101', '192.0.2.102', '2001:db8::1']);
    expect(Object.fromEntries(answers)).toEqual({
      '192.0.2.100': [macs.owner, macs.thief],
      '192.0.2.101': [macs.owner],
      '192.0.2.102': [],
      '2001:db8::1': [macs.owner],
    });
  });

  it('spawns nothing when it asks again, and hears who comes and goes', async () => {
    spawned.length = 0;
    for (let turn = 0; turn < 3; turn++) {
      await neighbours.listen(['eth0']);
      expect((await neighbours.ask('eth0', ['192.0.2.100'])).get('192.0.2.100')).toHaveLength(2);
    }
    tool('ip', ['-n', 'thief', 'addr', 'del', '192.0.2.100/32', 'dev', 'eth0']);
    expect(await askUntil('192.0.2.100', 1)).toEqual([macs.owner]);
    tool('ip', ['-n', 'thief', 'addr', 'add', '192.0.2.100/32', 'dev', 'eth0']);
    expect(await askUntil('192.0.2.100', 2)).toEqual([macs.owner, macs.thief]);
    // Somebody else may be faster with forgetting: `ip` would end if it were told to delete what is not there.
    const answer = neighbours.ask('eth0', ['192.0.2.100']);
    await sleep(200);
    tool('ip', ['neigh', 'del', '192.0.2.100', 'dev', 'eth0']);
    await answer;
    await sleep(100);
    await neighbours.ask('eth0', ['192.0.2.100']);
    expect(spawned).toEqual([]);
    expect(children()).toHaveLength(2);
  });

  it('asks on several devices, and keeps their answers apart', async () => {
    tool('ip', ['link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'far']);
    tool('ip', ['addr', 'add', '192.0.2.11/24', 'dev', 'eth1']);
    for (const end of ['eth1', 'far']) tool('ip', ['link', 'set', end, 'up']);
    await neighbours.listen(['eth0', 'eth1']);
    expect(await askUntil('192.0.2.100', 2)).toEqual([macs.owner, macs.thief]);
    spawned.length = 0;
    await neighbours.listen(['eth1', 'eth0']);
    expect((await neighbours.ask('eth1', ['192.0.2.100'])).get('192.0.2.100')).toEqual([]);
    expect((await neighbours.ask('eth0', ['192.0.2.100'])).get('192.0.2.100')).toHaveLength(2);
    expect(spawned).toEqual([]);
    await neighbours.listen(['eth0']);
    expect(tool('nft', ['list', 'table', 'netdev', 'sallyport-ask'])).not.toContain('eth1');
  });

  it('begins anew when the device was made anew, or another has its name', async () => {
    await neighbours.listen(['eth0']);
    await askUntil('192.0.2.101', 1);
    tool('ip', ['link', 'set', 'eth0', 'down']);
    tool('ip', ['link', 'set', 'eth0', 'name', 'old0']);
    tool('ip', ['link', 'set', 'old0', 'up']);
    addPort(8);
    await neighbours.listen(['eth0']);
    expect(await askUntil('192.0.2.101', 1)).toEqual([macs.owner]);
    expect(tool('ip', ['neigh', 'show', 'dev', 'old0'])).not.toContain('192.0.2.101');
    for (const device of ['eth0', 'old0']) tool('ip', ['link', 'del', device]);
    addPort(9);
    await neighbours.listen(['eth0']);
    expect(await askUntil('192.0.2.101', 1)).toEqual([macs.owner]);
  });

  it('begins anew after somebody flushed the rules, which it says, or ended one of its programs', async () => {
    await neighbours.listen(['eth0']);
    tool('nft', ['flush', 'ruleset']);
    await expect(neighbours.ask('eth0', ['192.0.2.101'])).rejects.toThrow(/nft -j -i .*No such file or directory/s);
    await neighbours.listen(['eth0']);
    expect(await askUntil('192.0.2.101', 1)).toEqual([macs.owner]);
    for (const program of ['ip -batch -', 'nft -j -i']) {
      const pid = tool('ps', ['-o', 'pid=,args=']).match(new RegExp(`(\\d+) ${program}\\n`))?.[1];
      process.kill(Number(pid), 'SIGKILL');
      await sleep(100);
      await expect(neighbours.ask('eth0', ['192.0.2.101'])).rejects.toThrow(`${program} was ended by SIGKILL`);
      await neighbours.listen(['eth0']);
      expect(await askUntil('192.0.2.101', 1)).toEqual([macs.owner]);
    }
    expect(children()).toHaveLength(2);
  });

  it('fails where the device is missing, and leaves nothing behind', async () => {
    // A kernel from 6.16 on lets a chain wait for its device: then it is `ip` that cannot ask.
    const asking = neighbours.listen(['eth9']).then(() => neighbours.ask('eth9', ['192.0.2.100']));
    await expect(asking).rejects.toThrow(/nft|eth9/);
    expect([askTables(), children()]).toEqual([0, []]);
  });

  it('leaves nothing behind when there is no question, nor when it ends', async () => {
    await neighbours.listen(['eth0']);
    expect([askTables(), children().length]).toEqual([1, 2]);
    await neighbours.listen([]);
    expect([askTables(), children()]).toEqual([0, []]);
    await neighbours.listen(['eth0']);
    const answer = neighbours.ask('eth0', ['192.0.2.102']);
    stop.abort();
    await expect(answer).rejects.toThrow('SIGTERM');
    await neighbours.listen([]);
    expect([askTables(), children()]).toEqual([0, []]);
  });
});
