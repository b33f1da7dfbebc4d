import { beforeAll, expect, it } from 'vitest';
import { createNeighbours } from '../../src/dataplane/neighbour/exec.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createRunner } from '../../src/platform/exec.ts';
import { addNamespace, describeInNamespace, tool } from '../support/netns.ts';

// One link, four hosts: this one asks, `owner` and `thief` have addresses, `other` has none of them.
await describeInNamespace(import.meta.url, 'asking on the wire', () => {
  const macs = { owner: '02:00:00:00:00:01', thief: '02:00:00:00:00:02', other: '02:00:00:00:00:03' } as const;
  const neighbours = createNeighbours({
    runner: createRunner(),
    clock: systemClock,
    signal: new AbortController().signal,
  });

  beforeAll(() => {
    tool('ip', ['link', 'add', 'br0', 'type', 'bridge']);
    tool('ip', ['link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'port0']);
    for (const [place, [name, mac]] of Object.entries(macs).entries()) {
      const host = addNamespace(name);
      tool('ip', ['link', 'add', `port${place + 1}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name]);
      host('ip', ['link', 'set', 'eth0', 'address', mac, 'up']);
      host('ip', ['addr', 'add', `192.0.2.${place + 12}/24`, 'dev', 'eth0']);
      const own = { owner: ['192.0.2.100/32', '2001:db8::1/128'], thief: ['192.0.2.100/32'], other: [] }[name] ?? [];
      for (const address of own)
        host('ip', ['addr', 'add', address, 'dev', 'eth0', ...(address.includes(':') ? ['nodad'] : [])]);
      if (name === 'owner') host('ip', ['addr', 'add', '192.0.2.101/32', 'dev', 'eth0']);
    }
    for (const port of ['port0', 'port1', 'port2', 'port3']) tool('ip', ['link', 'set', port, 'master', 'br0', 'up']);
    tool('ip', ['link', 'set', 'br0', 'up']);
    tool('ip', ['addr', 'add', '192.0.2.11/24', 'dev', 'eth0']);
    tool('ip', ['link', 'set', 'eth0', 'up']);
  });

  it('hears everybody who answers, and nobody where nobody does', async () => {
    // A link that has just come up may lose the first question, as a new IPv6 address does while it is tentative.
    let answers: ReadonlyMap<string, readonly string[]> = new Map();
    for (let turn = 0; turn < 10 && answers.get('2001:db8::1')?.length !== 1; turn++) {
      answers = await neighbours.ask('eth0', ['192.0.2.100', '192.0.2.101', '192.0.2.102', '2001:db8::1']);
    }
    expect(Object.fromEntries(answers)).toEqual({
      '192.0.2.100': [macs.owner, macs.thief],
      '192.0.2.101': [macs.owner],
      '192.0.2.102': [],
      '2001:db8::1': [macs.owner],
    });
  });

  it('leaves nothing behind', () => {
    expect(tool('nft', ['list', 'tables'])).not.toContain('sallyport-ask');
    expect(tool('ip', ['neigh', 'show', 'dev', 'eth0'])).not.toMatch(/192\.0\.2\.10\d/);
  });

  it('fails where the device is missing, and leaves nothing behind either', async () => {
    await expect(neighbours.ask('eth9', ['192.0.2.100'])).rejects.toThrow(/nft|ip/);
    expect(tool('nft', ['list', 'tables'])).not.toContain('sallyport-ask');
  });
});
