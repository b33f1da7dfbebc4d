import fc from 'fast-check';
import { type Block, parseConfig, RenderError, renderConfig, type VrrpInstance } from 'keepalived-config';
import { describe, expect, it } from 'vitest';

const base: VrrpInstance = { kind: 'vrrp_instance', name: 'one' };

function failureOf(block: Block): RenderError {
  try {
    renderConfig({ blocks: [block] });
  } catch (error) {
    if (error instanceof RenderError) return error;
    throw error;
  }
  throw new Error('it was rendered');
}

/** Every place of a plain word. */
const places: readonly (readonly [string, (value: string) => Block])[] = [
  ['.name', (name) => ({ ...base, name })],
  ['.interface', (value) => ({ ...base, interface: value })],
  ['.unicastSrcIp', (value) => ({ ...base, unicastSrcIp: value })],
  ['.unicastPeer[0]', (address) => ({ ...base, unicastPeer: [{ address }] })],
  ['.virtualIpaddress[0]', (address) => ({ ...base, virtualIpaddress: [{ address }] })],
  ['.virtualIpaddress[0]', (device) => ({ ...base, virtualIpaddress: [{ address: '192.0.2.1', device }] })],
  ['.virtualRoutes[0]', (to) => ({ ...base, virtualRoutes: [{ to }] })],
  ['.virtualRules[0]', (table) => ({ ...base, virtualRules: [{ table }] })],
  ['.trackScript[0]', (name) => ({ ...base, trackScript: [{ name }] })],
  ['.notify', (user) => ({ ...base, notify: { command: ['/x'], user } })],
  ['.useVmac', (name) => ({ ...base, useVmac: { name } })],
  ['.routerId', (routerId) => ({ kind: 'global_defs', routerId })],
  ['.vrrpNotifyFifo', (path) => ({ kind: 'global_defs', vrrpNotifyFifo: { path } })],
  ['.scriptUser', (user) => ({ kind: 'global_defs', scriptUser: { user } })],
  ['.group[0]', (name) => ({ kind: 'vrrp_sync_group', name: 'g', group: [name] })],
];

const dangerous = [
  'a\nb',
  'a b',
  'a\tb',
  'a{',
  '}a',
  'a"b',
  "a'b",
  'a#b',
  '!a',
  'a\\b',
  'a$b',
  '@a',
  '~a',
  '',
  '\u0000',
  '\u0085',
  'a\u2028b',
  '\ud800',
];

describe.each(places)('renderConfig refuses at %s', (at, place) => {
  it.each(dangerous)('%j', (value) => {
    expect(failureOf(place(value)).path).toBe(`blocks[0]${at}`);
  });

  it('every string that is not read back as it was, and writes the others', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const blocks = [place(value)];
        let text: string;
        try {
          text = renderConfig({ blocks });
        } catch (error) {
          expect(error).toBeInstanceOf(RenderError);
          return;
        }
        expect(parseConfig(text)).toMatchObject({ config: { blocks }, errors: [] });
      }),
    );
  });
});

describe('renderConfig refuses', () => {
  it.each<readonly [string, string, Block]>([
    [
      'a quote in a password',
      '.authentication.password',
      { ...base, authentication: { type: 'PASS', password: 'a"b' } },
    ],
    ['a line break in a command', '.notify', { ...base, notify: { command: ['/x', 'a\nb'] } }],
    ['a quote in a command', '.notify', { ...base, notify: { command: ["/x'"] } }],
    ['a parameter in a command', '.notify', { ...base, notify: { command: ['/x', `$${'{A}'}`] } }],
    ['an empty command', '.notify', { ...base, notify: { command: [] } }],
    ['a group without user', '.notify', { ...base, notify: { command: ['/x'], group: 'g' } }],
    ['a fraction as priority', '.priority', { ...base, priority: 1.5 }],
    ['no number', '.advertInt', { ...base, advertInt: Number.NaN }],
    ['seven decimals', '.advertInt', { ...base, advertInt: 0.0000001 }],
    ['a table name that is a number', '.virtualRules[0]', { ...base, virtualRules: [{ table: '7' }] }],
    [
      'other options that begin with a known one',
      '.virtualIpaddress[0]',
      { ...base, virtualIpaddress: [{ address: '192.0.2.1', other: 'dev eth0' }] },
    ],
    [
      'other options that open a block',
      '.virtualIpaddress[0]',
      { ...base, virtualIpaddress: [{ address: '192.0.2.1', other: 'x {' }] },
    ],
    ['an unknown line of two', '', { kind: 'unknown', keyword: 'x', rest: 'y\nz' }],
    ['an unknown line with a comment', '', { kind: 'unknown', keyword: 'x', rest: '# y' }],
    [
      'an unknown block that closes itself',
      '.block[0]',
      { kind: 'unknown', keyword: 'x', rest: '', block: [{ kind: 'unknown', keyword: '}', rest: '' }] },
    ],
    ['an include', '', { kind: 'unknown', keyword: 'include', rest: '/etc/passwd' }],
    ['a parameter definition', '', { kind: 'unknown', keyword: '$A=1', rest: '' }],
    ['a line that keepalived would cut', '', { kind: 'global_defs', vrrpCpuAffinity: new Array<number>(600).fill(1) }],
    ['a field that is not there', '.routerID', { kind: 'global_defs', routerID: 'x' } as Block],
    ['another type', '.priority', { ...base, priority: '7\n}' } as unknown as Block],
    ['another kind', '.kind', { kind: 'x' } as unknown as Block],
  ])('%s', (_what, at, block) => {
    const { path, message } = failureOf(block);
    expect(path).toBe(`blocks[0]${at}`);
    expect(message).toContain(path);
  });
});

it('renderConfig writes one statement a line', () => {
  const text = renderConfig({
    blocks: [
      { kind: 'global_defs', routerId: 'node-1', vrrpMinGarp: false },
      {
        ...base,
        advertInt: 0.1,
        nopreempt: true,
        virtualRules: [{ family: 'inet6', mark: { value: 512, mask: 0x1e00 }, table: 1001, priority: 95 }],
      },
      { kind: 'unknown', keyword: 'static_routes', rest: '', block: [{ kind: 'unknown', keyword: 'x', rest: 'y' }] },
    ],
  });
  expect(text).toBe(`global_defs {
    router_id node-1
    vrrp_min_garp off
}

vrrp_instance one {
    advert_int 0.1
    nopreempt
    virtual_rules {
        fwmark 0x200/0x1e00 lookup 1001 priority 95 inet6
    }
}

static_routes {
    x y
}
`);
});
