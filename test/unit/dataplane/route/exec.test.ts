import { describe, expect, it } from 'vitest';
import { createRouting, parseBatchErrors, stagesOf } from '../../../../src/dataplane/route/exec.ts';
import type { RouteBatch } from '../../../../src/dataplane/route/model.ts';
import { concernsUs, isSettingLine } from '../../../../src/dataplane/route/monitor-line.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { createFakeRunner } from '../../../support/fake-runner.ts';

it('finds the refused lines of a batch and why', () => {
  const stderr = [
    'Cannot find device "nope"',
    'Command failed -:1',
    'Error: Invalid prefix.',
    'RTNETLINK answers: No such process',
    'Command failed -:12',
    '',
  ].join('\n');
  expect(parseBatchErrors(stderr)).toEqual([
    { line: 1, message: 'Cannot find device "nope"' },
    { line: 12, message: 'Error: Invalid prefix.; RTNETLINK answers: No such process' },
  ]);
});

describe('concernsUs', () => {
  const owned = { devices: ['egress0', 'egl0'], priorities: [100] };

  it.each([
    'Deleted 100:\tfrom all fwmark 0x200/0x1e00 lookup 1000 proto 84',
    '100:\tfrom all lookup main',
    'Deleted unreachable default table 1000 proto 84 metric 9999 ',
    'Deleted 198.19.255.1 dev egress0 lladdr 02:eb:00:00:00:01 NOARP PERMANENT ',
    '4: egress0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400 qdisc noqueue state UNKNOWN group default ',
    'Deleted 7: egl0@NONE: <BROADCAST,MULTICAST> mtu 1450 qdisc noop state DOWN group default ',
    'Deleted 4: egress0    inet 169.254.77.2/32 scope link egress0',
  ])('yes: %s', (line) => {
    expect(concernsUs(line, owned)).toBe(true);
  });

  it.each([
    '95:\tfrom all fwmark 0x200/0x1e00 lookup 1001',
    '192.0.2.1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE ',
    '10.0.0.0/24 via 192.0.2.1 dev eth0 proto bird metric 32 ',
    '10.0.0.0/24 via 192.0.2.1 dev eth0 proto 842 ',
    '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default ',
    'Deleted ff02::16 dev egress0 lladdr 33:33:00:00:00:16 NOARP ',
    'Deleted local 169.254.77.2 dev egress0 table local proto kernel scope host src 169.254.77.2 ',
    '       valid_lft forever preferred_lft forever',
    '    link/ether 02:ec:00:00:00:11 brd ff:ff:ff:ff:ff:ff',
    '',
  ])('no: %s', (line) => {
    expect(concernsUs(line, owned)).toBe(false);
  });
});

describe('isSettingLine', () => {
  const owned = { devices: ['egress0', 'egl0'], priorities: [100] };

  it.each(['inet all rp_filter strict ', 'inet egl0 rp_filter loose ', 'inet egress0 forwarding off '])(
    'yes: %s',
    (line) => {
      expect(isSettingLine(line, owned)).toBe(true);
    },
  );

  it.each([
    'inet eth0 rp_filter strict ',
    'inet6 all forwarding on ',
    'inet egl0 mc_forwarding on ',
    'inet egl0 forwarding on rp_filter off mc_forwarding off proxy_neigh off ignore_routes_with_linkdown off ',
    'Deleted inet egl0 rp_filter off ',
  ])('no: %s', (line) => {
    expect(isSettingLine(line, owned)).toBe(false);
  });
});

it('looks at what it changed itself once, and later; at what others change, and at links, at once', async () => {
  const clock = createFakeClock();
  const runner = createFakeRunner(({ method }) => (method === 'lines' ? 'hang' : {}));
  const routing = createRouting({ runner, clock });
  const end = new AbortController();
  const told: string[] = [];
  const owned = { devices: ['egress0'], priorities: [100] };
  const done = routing.watch({ owned, signal: end.signal, onChange: (what) => told.push(what) });
  await clock.advance(100);
  const [stream] = runner.streams;
  const after = async (ms: number): Promise<readonly string[]> => {
    await clock.advance(ms);
    return told.splice(0);
  };
  expect(await after(0)).toEqual(['links']);

  const rule = '100:\tfrom all fwmark 0x200/0x1e00 lookup 1000 proto 84';
  await routing.apply([{ tool: 'ip4', lines: ['rule add priority 100 fwmark 0x200/0x1e00 table 1000 protocol 84'] }]);
  stream?.line(rule);
  stream?.line(`Deleted ${rule}`);
  expect(await after(1_999)).toEqual([]);
  expect(await after(1)).toEqual(['routes']);
  stream?.line(`Deleted ${rule}`);
  expect(await after(0)).toEqual(['routes']);
  await routing.apply([{ tool: 'ip4', lines: ['link del dev egress0'] }]);
  stream?.line('Deleted 4: egress0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400 qdisc noqueue state UNKNOWN ');
  expect(await after(0)).toEqual(['links']);
  stream?.line('inet all rp_filter strict ');
  expect(await after(0)).toEqual(['settings']);
  end.abort();
  await done;
});

const batch = (tool: RouteBatch['tool'], ...lines: string[]): RouteBatch => ({ tool, lines });
it.each([
  ['nothing', [], []],
  [
    'routes, then rules',
    [batch('ip4', 'route'), batch('ip6', 'route'), batch('bridge', 'fdb'), batch('ip4', 'rule'), batch('ip6', 'rule')],
    ['ip4 ip6 bridge', 'ip4 ip6'],
  ],
  [
    'devices first',
    [batch('ip4', 'link add a', 'route'), batch('ip6', 'route'), batch('bridge', 'fdb'), batch('ip4', 'rule')],
    ['ip4', 'ip6 bridge ip4'],
  ],
  [
    'devices last',
    [batch('ip6', 'route'), batch('bridge', 'fdb'), batch('ip4', 'rule', 'link del dev a'), batch('ip6', 'rule')],
    ['ip6 bridge', 'ip4', 'ip6'],
  ],
])('stages: %s', (_, batches, expected) => {
  expect(stagesOf(batches).map((stage) => stage.map(({ tool }) => tool).join(' '))).toEqual(expected);
});
