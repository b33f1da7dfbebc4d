import { expect, it } from 'vitest';
import { createVlanLinks, type VlanLink } from '../../src/agent/vlan-links.ts';
import { createRunner } from '../../src/platform/exec.ts';
import { describeInNamespace, tool } from '../support/netns.ts';
import { silentLog } from '../support/silent-log.ts';

const vlan: VlanLink = { device: 'eth1.100', parent: 'eth1', id: 100 };
const devices = () =>
  (JSON.parse(tool('ip', ['-j', 'link', 'show'])) as readonly { ifname: string }[]).map(({ ifname }) => ifname);
const present = () => new Set(devices());

/** Not every kernel has VLAN devices; what happens on one without them is as much a promise as what happens on others. */
function kernelHasVlans(): boolean {
  try {
    tool('ip', ['link', 'add', 'link', 'eth1', 'name', 'try', 'type', 'vlan', 'id', '4094']);
    tool('ip', ['link', 'del', 'dev', 'try']);
    return true;
  } catch (error) {
    if (/Unknown device type|not supported/i.test(String(error))) return false;
    throw error;
  }
}

await describeInNamespace(import.meta.url, 'VLAN sub-interfaces', () => {
  const links = () => createVlanLinks({ runner: createRunner(), log: silentLog });

  it('are made where they are missing and removed when unwanted; a kernel without them is named as the reason', async () => {
    tool('ip', ['link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'peer']);
    const { made, problems } = await links().make([vlan], present());
    if (!kernelHasVlans()) {
      expect(made).toBe(false);
      expect(problems.get('eth1.100')).toMatch(
        /^interface eth1\.100 does not exist, and VLAN 100 on eth1 cannot be made: .*Unknown device type.*; this kernel has no VLAN devices, or its module 8021q is not loaded$/s,
      );
      await links().prune([]);
      return;
    }
    expect([made, problems.size]).toEqual([true, 0]);
    expect(tool('ip', ['-d', '-j', 'link', 'show', 'dev', 'eth1.100'])).toContain('"id":100');
    // The administrators' own stay, whether wanted or not.
    tool('ip', ['link', 'add', 'link', 'eth1', 'name', 'eth1.200', 'type', 'vlan', 'id', '200']);
    expect(await links().make([vlan, { ...vlan, device: 'eth1.200', id: 200 }], present())).toMatchObject({
      made: false,
    });
    await links().prune([vlan]);
    expect(devices()).toEqual(expect.arrayContaining(['eth1.100', 'eth1.200']));
    // By the alias, so that an agent after the one that made it knows it, too.
    await links().prune([]);
    expect(devices()).toContain('eth1.200');
    expect(devices()).not.toContain('eth1.100');
  });

  it('without their parent say so', async () => {
    const { problems } = await links().make([{ device: 'eth9.7', parent: 'eth9', id: 7 }], present());
    expect(problems.get('eth9.7')).toBe('interface eth9 of its VLAN 7 does not exist on this node');
  });

  it('one that is there is taken as it is, whatever made it', async () => {
    tool('ip', ['link', 'add', 'eth2.5', 'type', 'veth', 'peer', 'name', 'other']);
    const { made, problems } = await links().make([{ device: 'eth2.5', parent: 'eth2', id: 5 }], present());
    expect([made, problems.size]).toEqual([false, 0]);
    await links().prune([]);
    expect(devices()).toContain('eth2.5');
  });
});
