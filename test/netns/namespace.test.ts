import { expect, it } from 'vitest';
import { addNamespace, describeInNamespace, tool } from '../support/netns.ts';

await describeInNamespace(import.meta.url, 'the private namespace', () => {
  it('has no device but lo', () => {
    expect(JSON.parse(tool('ip', ['-j', 'link'])).map((link: { ifname: string }) => link.ifname)).toEqual(['lo']);
    expect(tool('ls', ['/sys/class/net']).trim()).toBe('lo');
  });

  it('is root over nftables and sysctls', () => {
    tool('nft', ['-f', '-'], 'add table inet t');
    expect(tool('nft', ['list', 'tables'])).toContain('inet t');
    tool('sysctl', ['-qw', 'net.ipv4.ip_forward=1']);
  });

  it('holds nested namespaces that carry packets', () => {
    const node = addNamespace('n1');
    tool('ip', ['link', 'add', 'dev', 'veth0', 'type', 'veth', 'peer', 'name', 'veth1', 'netns', 'n1']);
    tool('ip', ['addr', 'add', '192.0.2.1/24', 'dev', 'veth0']);
    tool('ip', ['link', 'set', 'veth0', 'up']);
    node('ip', ['addr', 'add', '192.0.2.2/24', 'dev', 'veth1']);
    node('ip', ['link', 'set', 'veth1', 'up']);
    expect(node('ping', ['-c', '1', '-W', '2', '192.0.2.1'])).toContain('1 received');
  });

  it('tells when a tool fails', () => {
    expect(() => tool('ip', ['link', 'show', 'nothing'])).toThrow(/does not exist/);
  });
});
