import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRouteState, type RouteText } from '../../../../src/dataplane/route/parse.ts';

const nothing: RouteText = {
  links: '[]',
  routes4: '[]',
  routes6: '',
  rules4: '[{}]',
  rules6: '[]',
  neighbours: '[]',
  fdb: '[]',
};
const owned = { devices: ['egress0'], priorities: [100] };
const parse = (text: Partial<RouteText>) => parseRouteState({ ...nothing, ...text }, owned);

describe('parseRouteState', () => {
  it('reads nothing from nothing', () => {
    expect(parse({})).toEqual({ links: [], addresses: [], routes: [], rules: [], neighbours: [], fdb: [] });
  });

  it('reads routes with numbers or names, and forgets what the kernel adds', () => {
    const routes6 = JSON.stringify([
      { type: '7', dst: 'default', dev: 'lo', table: '1000', metric: 9999, flags: [], pref: 'medium' },
      { type: 'local', dst: '2001:db8::100', dev: 'lo', table: '1002', metric: 1024, flags: [], pref: 'medium' },
      { type: 'multicast', dst: 'ff00::/8', dev: 'egress0', table: '255', metric: 256 },
    ]);
    expect(parse({ routes6 }).routes).toEqual([
      { family: 6, table: 1000, destination: '::/0', kind: 'unreachable', metric: 9999 },
      { family: 6, table: 1002, destination: '2001:db8::100/128', kind: 'local', device: 'lo' },
    ]);
  });

  it('reads rules at our preferences and marks those that it has no words for', () => {
    const rules4 = JSON.stringify([
      { priority: 0, src: 'all', table: '255' },
      { priority: 100, src: 'all', fwmark: '0x200', fwmask: '0x1e00', table: '1000', protocol: '84' },
      { priority: 100, src: '10.0.0.0', srclen: 8, dst: '192.0.2.1', iif: 'eth0', iif_detached: null, table: '7' },
      { priority: 100, not: null, src: 'all', fwmark: '0x7', table: '1000' },
      { priority: 100, src: 'all', action: 'unreachable' },
    ]);
    expect(parse({ rules4 }).rules).toEqual([
      { family: 4, priority: 100, table: 1000, mark: { value: 0x200, mask: 0x1e00 } },
      { family: 4, priority: 100, table: 7, incoming: 'eth0', from: '10.0.0.0/8', to: '192.0.2.1/32' },
      { opaque: true, family: 4, priority: 100, table: 1000, mark: { value: 7, mask: 0xffffffff } },
      { opaque: true, family: 4, priority: 100, table: 0 },
    ]);
  });

  it('calls a device that is not as we make them other', () => {
    const vxlan = { id: 4096, port: 8479, learning: true };
    const links = JSON.stringify([
      {
        ifname: 'egress0',
        address: '02:ec:00:00:00:01',
        mtu: 1450,
        flags: ['UP'],
        linkinfo: { info_kind: 'vxlan', info_data: vxlan },
      },
    ]);
    expect(parse({ links }).links).toMatchObject([{ kind: 'other', name: 'egress0' }]);
  });

  it('throws only when there is no list', () => {
    expect(() => parse({ fdb: '{}' })).toThrow(SyntaxError);
    const entries = fc.array(
      fc.dictionary(
        fc.constantFrom('ifname', 'dev', 'dst', 'mac', 'addr_info', 'priority', 'src', 'type'),
        fc.jsonValue(),
      ),
    );
    fc.assert(
      fc.property(entries, (list) => {
        const text = JSON.stringify(list);
        parse({ links: text, routes4: text, rules6: text, neighbours: text, fdb: text });
      }),
    );
  });
});
