import { checkConfig, type KeepalivedConfig, parseConfig, type VrrpInstance } from 'keepalived-config';
import { describe, expect, it } from 'vitest';

const base: VrrpInstance = {
  kind: 'vrrp_instance',
  name: 'one',
  interface: 'eth0',
  version: 3,
  virtualRouterId: 51,
  virtualIpaddress: [{ address: '192.0.2.100' }],
};

function pathsOf(change: Partial<VrrpInstance>): readonly string[] {
  return checkConfig({ blocks: [{ ...base, ...change }] }).map(
    ({ severity, path }) => `${severity} ${path.replace('blocks[0]', '')}`,
  );
}

describe('checkConfig finds nothing in', () => {
  it.each<readonly [string, Partial<VrrpInstance>]>([
    ['the base', {}],
    ['the shortest advert interval', { advertInt: 0.01 }],
    ['the longest of version 3', { advertInt: 40.95 }],
    ['every hundredth', { advertInt: 0.29 }],
    ['whole seconds of version 2', { version: 2, advertInt: 255 }],
    [
      'both families in virtual_ipaddress_excluded',
      { virtualIpaddressExcluded: [{ address: '2001:db8::1/64' }, { address: '192.0.2.1/24' }] },
    ],
    [
      'unicast without interface',
      { interface: undefined, unicastPeer: [{ address: '192.0.2.1' }] } as unknown as Partial<VrrpInstance>,
    ],
    ['a mark of zero', { virtualRules: [{ mark: { value: 0, mask: 0x1e00 }, table: 'main', priority: 0 }] }],
    ['the greatest mark', { virtualRules: [{ mark: { value: 0xffffffff }, goto: 0xffffffff, priority: 0 }] }],
    [
      'one address on two devices',
      {
        virtualIpaddress: [
          { address: '192.0.2.1', device: 'eth0' },
          { address: '192.0.2.1', device: 'eth1' },
        ],
      },
    ],
  ])('%s', (_what, change) => {
    const clean = Object.fromEntries(Object.entries({ ...base, ...change }).filter(([, value]) => value !== undefined));
    expect(checkConfig({ blocks: [clean as unknown as VrrpInstance] })).toEqual([]);
  });
});

describe('checkConfig finds', () => {
  it.each<readonly [string, Partial<VrrpInstance>]>([
    ['error .name', { name: 'a b' }],
    ['error .name', { name: 'a"' }],
    ['error .interface', { interface: 'a-name-of-16-char' }],
    ['error .priority', { priority: 256 }],
    ['error .virtualRouterId', { virtualRouterId: 0 }],
    ['error .advertInt', { advertInt: 0 }],
    ['error .advertInt', { advertInt: 40.96 }],
    ['error .advertInt', { advertInt: 0.125 }],
    ['error .advertInt', { advertInt: 1.5, version: 2 }],
    ['error .preempt', { nopreempt: true, preempt: true }],
    ['error .noAccept', { accept: true, noAccept: true }],
    ['error .nopreempt', { nopreempt: true, state: 'MASTER' }],
    ['error .unicastSrcIp', { unicastSrcIp: '192.0.2.1/24' }],
    ['error .unicastPeer[1].address', { unicastPeer: [{ address: '192.0.2.1' }, { address: '2001:db8::1' }] }],
    ['error .unicastPeer[1].address', { unicastPeer: [{ address: '192.0.2.1' }, { address: '192.0.2.1' }] }],
    ['warning .unicastPeer[0].address', { unicastSrcIp: '192.0.2.1', unicastPeer: [{ address: '192.0.2.1' }] }],
    [
      'error .virtualIpaddress[1].address',
      { virtualIpaddress: [{ address: '192.0.2.1' }, { address: '2001:db8::1' }] },
    ],
    [
      'error .virtualIpaddress[1].address',
      { virtualIpaddress: [{ address: '192.0.2.1/24' }, { address: '192.0.2.1/32' }] },
    ],
    ['error .virtualIpaddressExcluded[0].address', { virtualIpaddressExcluded: [{ address: '192.0.2.100/32' }] }],
    [
      'error .virtualIpaddressExcluded[1].address',
      { virtualIpaddressExcluded: [{ address: '2001:db8::1' }, { address: '2001:DB8:0::1' }] },
    ],
    [
      'error .virtualIpaddressExcluded[0].broadcast',
      { virtualIpaddressExcluded: [{ address: '2001:db8::1', broadcast: '+' }] },
    ],
    [
      'error .virtualIpaddressExcluded[0].peer',
      { virtualIpaddressExcluded: [{ address: '2001:db8::1', peer: '192.0.2.1' }] },
    ],
    ['warning .virtualIpaddress', { virtualIpaddress: [] }],
    ['error .virtualRules[0].mark', { virtualRules: [{ mark: { value: 1, mask: 2 }, table: 1, priority: 1 }] }],
    ['error .virtualRules[0].priority', { virtualRules: [{ table: 1, priority: -1 }] }],
    ['error .virtualRules[0].sourcePorts', { virtualRules: [{ table: 1, priority: 1, sourcePorts: '7' }] }],
    [
      'error .virtualRules[0].suppressPrefixLength',
      { virtualRules: [{ action: 'nop', priority: 1, suppressPrefixLength: 0 }] },
    ],
    [
      'error .virtualRules[0].from',
      { virtualRules: [{ table: 1, priority: 1, family: 'inet6', from: '192.0.2.0/24' }] },
    ],
    ['error .virtualRoutes[0].via', { virtualRoutes: [{ to: 'default', via: 'x' }] }],
    ['error .virtualRoutes[0].via', { virtualRoutes: [{ type: 'blackhole', to: 'default', via: '192.0.2.1' }] }],
    ['error .authentication.password', { version: 2, authentication: { type: 'PASS', password: '123456789' } }],
    ['warning .unknown[0]', { unknown: [{ kind: 'unknown', keyword: 'x', rest: '' }] }],
  ])('%s in %j', (path, change) => {
    expect(pathsOf(change)).toEqual([path]);
  });

  it('IPv6 with version 2', () => {
    expect(pathsOf({ version: 2, virtualIpaddress: [{ address: '2001:db8::1' }] })).toEqual(['error .version']);
  });

  it('the version of global_defs', () => {
    const { version: _version, ...instance } = { ...base, advertInt: 0.1 };
    const config = (vrrpVersion: 2 | 3): KeepalivedConfig => ({
      blocks: [{ kind: 'global_defs', vrrpVersion }, instance],
    });
    expect(checkConfig(config(3))).toEqual([]);
    expect(checkConfig(config(2)).map(({ path }) => path)).toEqual(['blocks[1].advertInt']);
  });
});

describe('checkConfig compares blocks', () => {
  it.each<readonly [string, Partial<VrrpInstance>, readonly string[]]>([
    ['one id twice', {}, ['blocks[1].virtualRouterId']],
    ['another interface', { interface: 'eth1' }, []],
    ['another family', { virtualIpaddress: [{ address: '2001:db8::1' }] }, []],
    ['another multicast group', { mcastDstIp: '224.0.0.19' }, []],
    ['one name twice', { name: 'one', virtualRouterId: 52 }, ['blocks[1].name']],
  ])('%s', (_what, change, paths) => {
    expect(checkConfig({ blocks: [base, { ...base, name: 'two', ...change }] }).map(({ path }) => path)).toEqual(paths);
  });

  it('one id twice is fine when no unicast peer is shared', () => {
    const with_ = (name: string, ...peers: readonly string[]): VrrpInstance => ({
      ...base,
      name,
      unicastPeer: peers.map((address) => ({ address })),
    });
    expect(checkConfig({ blocks: [with_('a', '192.0.2.1'), with_('b', '192.0.2.2')] })).toEqual([]);
    expect(checkConfig({ blocks: [with_('a', '192.0.2.1'), with_('b', '192.0.2.2', '192.0.2.1')] })).toHaveLength(1);
  });

  it('tracked names must stand before the instance, and be there', () => {
    const tracking: VrrpInstance = { ...base, trackScript: [{ name: 's' }] };
    const script = { kind: 'vrrp_script', name: 's', script: ['/x'] } as const;
    expect(checkConfig({ blocks: [script, tracking] })).toEqual([]);
    expect(checkConfig({ blocks: [tracking, script] })[0]?.message).toMatch(/stands after/);
    expect(checkConfig({ blocks: [tracking] })[0]?.message).toMatch(/there is no vrrp_script 's'/);
  });

  it('members of groups, and two global_defs', () => {
    const paths = checkConfig({
      blocks: [
        { kind: 'global_defs' },
        base,
        { kind: 'vrrp_sync_group', name: 'g', group: ['one', 'one', 'two'] },
        { kind: 'global_defs' },
      ],
    }).map(({ path }) => path);
    expect(paths.toSorted()).toEqual(['blocks[2].group[1]', 'blocks[2].group[2]', 'blocks[3]']);
  });
});

it('checkConfig says where, if it is told positions', () => {
  const text =
    'vrrp_instance one {\n interface eth0\n virtual_router_id 300\n virtual_ipaddress {\n  192.0.2.1/33\n }\n}';
  const { config, positions } = parseConfig(text);
  expect(checkConfig(config, positions)).toEqual([
    { severity: 'error', path: 'blocks[0].virtualRouterId', message: '300 is outside 1..255', line: 3, column: 2 },
    {
      severity: 'error',
      path: 'blocks[0].virtualIpaddress[0].address',
      message: "'192.0.2.1/33' is not an IP address or prefix",
      line: 5,
      column: 3,
    },
  ]);
});
