import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkConfig, type KeepalivedConfig, parseConfig, renderConfig, type VrrpInstance } from 'keepalived-config';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { acceptedConfig } from '../support/keepalived-accepted.ts';
import { describeInNamespace, tool } from '../support/netns.ts';

const folder = join(import.meta.dirname, 'keepalived-config');
const goldens = readdirSync(folder).filter((name) => name.endsWith('.conf'));
const writtenByHand = ['by-hand.conf'];

const base: VrrpInstance = {
  kind: 'vrrp_instance',
  name: 'one',
  state: 'BACKUP',
  interface: 'eth0',
  version: 3,
  virtualRouterId: 51,
  priority: 100,
  advertInt: 0.1,
  virtualIpaddress: [{ address: '192.0.2.100/32', device: 'eth0' }],
};

/** What both this library's checks and keepalived must refuse: changes to `base`, and where the problem is. */
const refused: readonly (readonly [string, Partial<VrrpInstance>])[] = [
  ['.virtualRouterId', { virtualRouterId: 256 }],
  ['.virtualRouterId', { virtualRouterId: 0 }],
  ['.priority', { priority: 256 }],
  ['.priority', { priority: 0 }],
  ['.advertInt', { advertInt: 40.96 }],
  ['.advertInt', { advertInt: 0.009 }],
  ['.advertInt', { advertInt: 0.015 }],
  ['.advertInt', { advertInt: 0.5, version: 2 }],
  ['.preemptDelay', { preemptDelay: 1001 }],
  ['.preemptDelay', { preemptDelay: 1, nopreempt: true }],
  ['.nopreempt', { state: 'MASTER', nopreempt: true }],
  ['.unicastTtl', { unicastTtl: 5 }],
  ['.unicastSrcIp', { unicastSrcIp: '192.0.2.300', unicastPeer: [{ address: '192.0.2.12' }] }],
  ['.unicastPeer[0].address', { unicastSrcIp: '192.0.2.11', unicastPeer: [{ address: '2001:db8::1' }] }],
  ['.unicastPeer[0].maxTtl', { unicastPeer: [{ address: '192.0.2.12', maxTtl: 256 }] }],
  ['.unicastPeer[0].minTtl', { unicastPeer: [{ address: '192.0.2.12', minTtl: 3, maxTtl: 2 }] }],
  ['.mcastDstIp', { mcastDstIp: '192.0.2.1' }],
  ['.virtualIpaddress[1].address', { virtualIpaddress: [{ address: '192.0.2.100' }, { address: '2001:db8::1' }] }],
  ['.virtualIpaddress[0].address', { virtualIpaddress: [{ address: '192.0.2.100/33' }] }],
  ['.virtualIpaddressExcluded[0].address', { virtualIpaddressExcluded: [{ address: '1:2:3' }] }],
  ['.virtualIpaddressExcluded[0].label', { virtualIpaddressExcluded: [{ address: '2001:db8::1/64', label: 'a' }] }],
  ['.virtualIpaddressExcluded[0].scope', { virtualIpaddressExcluded: [{ address: '2001:db8::1/64', scope: 'link' }] }],
  [
    '.virtualIpaddressExcluded[0].label',
    { virtualIpaddressExcluded: [{ address: '192.0.2.1', label: 'eth0:0123456789a' }] },
  ],
  ['.virtualRules[0].mark', { virtualRules: [{ mark: { value: 0x1ffffffff }, table: 1, priority: 1 }] }],
  ['.virtualRules[0].priority', { virtualRules: [{ priority: 0x100000000, table: 1 }] }],
  ['.virtualRules[0].priority', { virtualRules: [{ table: 1 }] }],
  ['.virtualRules[0].table', { virtualRules: [{ table: 0, priority: 1 }] }],
  ['.virtualRules[0]', { virtualRules: [{ priority: 1 }] }],
  ['.virtualRules[0].goto', { virtualRules: [{ priority: 5, goto: 5 }] }],
  ['.virtualRules[0].goto', { virtualRules: [{ priority: 5, table: 3, goto: 6 }] }],
  ['.virtualRules[0].to', { virtualRules: [{ from: '192.0.2.0/24', to: '2001:db8::/64', table: 1, priority: 1 }] }],
  [
    '.virtualRoutes[0].via',
    { virtualRoutes: [{ to: '198.51.100.0/24', via: '2001:db8::1', source: '192.0.2.1', device: 'eth0' }] },
  ],
  ['.trackScript[0].name', { trackScript: [{ name: 'nowhere' }] }],
  ['.trackInterface[0].name', { trackInterface: [{ name: 'eth0', weight: 5 }] }],
  ['.trackInterface[0].weight', { trackInterface: [{ name: 'eth1', weight: 254 }] }],
  ['.authentication', { authentication: { type: 'PASS', password: 'secret' } }],
  ['.downTimerAdverts', { downTimerAdverts: 101 }],
  ['.garpMasterRepeat', { garpMasterRepeat: 0 }],
  ['.garpExtraIf.interval', { garpExtraIf: { interval: 86401 } }],
  ['.debug', { debug: 5 }],
  ['.useVmac.mac', { useVmac: { mac: '01:00:00:00:00:01' } }],
];

let scratch = '';

/** Exit status and messages of `keepalived -t` for a text. */
function runKeepalived(text: string): { readonly status: number | null; readonly said: string } {
  const file = join(scratch, 'keepalived.conf');
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync('keepalived', ['-t', '-f', file], { encoding: 'utf8', timeout: 20_000 });
  return { status, said: `${stdout}${stderr}` };
}

/** Without root on the machine its programs belong to nobody, so keepalived calls them insecure: that is not ours to mend. */
const aboutScripts = /^Disabling (track|notify) script .* due to insecure$/;

function expectAccepted(text: string): void {
  const { status, said } = runKeepalived(text);
  const lines = said.split('\n').filter((line) => line !== '');
  const other = lines.filter((line) => !aboutScripts.test(line));
  // The text belongs into the message: without it a generated config cannot be looked at.
  if (other.length > 0 || (status !== 0 && lines.length === 0)) {
    throw new Error(`keepalived exits ${status} and says:\n${said}\nof:\n${text}`);
  }
}

await describeInNamespace(import.meta.url, 'keepalived -t', () => {
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'keepalived-config-'));
    tool('ip', ['link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1']);
    tool('ip', ['link', 'add', 'eth2', 'type', 'veth', 'peer', 'name', 'eth3']);
    for (const [device, ...addresses] of [
      ['eth0', '192.0.2.11/24', '2001:db8::11/64'],
      ['eth1', '198.18.0.1/24', '2001:db8:1::11/64'],
    ] as const) {
      tool('ip', ['link', 'set', device, 'up']);
      for (const address of addresses) tool('ip', ['address', 'add', address, 'dev', device]);
    }
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it.each(goldens)('accepts %s, as written and as rendered again', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const parsed = parseConfig(text);
    expect(parsed.errors).toEqual([]);
    expect(checkConfig(parsed.config).filter(({ severity }) => severity === 'error')).toEqual([]);
    const rendered = renderConfig(parsed.config);
    expect(parseConfig(rendered).config).toEqual(parsed.config);
    if (!writtenByHand.includes(name)) expect(rendered).toBe(text);
    expectAccepted(text);
    expectAccepted(rendered);
  });

  it('accepts generated configs in which the checks find nothing', () => {
    const samples = fc.sample(acceptedConfig, { numRuns: 30, seed: 20 });
    for (const config of samples) {
      expect(checkConfig(config)).toEqual([]);
      expectAccepted(renderConfig(config));
    }
    expect(samples.flatMap(({ blocks }) => blocks).length).toBeGreaterThan(120);
  });

  it('accepts the config that the refused ones are made of', () => {
    expect(checkConfig({ blocks: [base] })).toEqual([]);
    expectAccepted(renderConfig({ blocks: [base] }));
  });

  it.each(refused.map(([at, change]) => [at, JSON.stringify(change), change] as const))(
    'refuses, as the checks do, %s %s',
    (at, _shown, change) => {
      const config: KeepalivedConfig = { blocks: [{ ...base, ...change }] };
      const paths = checkConfig(config)
        .filter(({ severity }) => severity === 'error')
        .map(({ path }) => path);
      expect(paths).toContain(`blocks[0]${at}`);
      expect(runKeepalived(renderConfig(config)).status).not.toBe(0);
    },
  );

  it('refuses one virtual router id twice on an interface, as the checks do', () => {
    const twice: KeepalivedConfig = { blocks: [base, { ...base, name: 'two' }] };
    expect(checkConfig(twice).map(({ path }) => path)).toEqual(['blocks[1].virtualRouterId']);
    expect(runKeepalived(renderConfig(twice)).status).not.toBe(0);
    const apart: KeepalivedConfig = { blocks: [base, { ...base, name: 'two', interface: 'eth1' }] };
    expect(checkConfig(apart)).toEqual([]);
    expectAccepted(renderConfig(apart));
  });
});
