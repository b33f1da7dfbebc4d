import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConntrackdConfig, checkConfig, renderConfig } from 'conntrackd-config';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeInNamespace, tool } from '../support/netns.ts';

const folder = join(import.meta.dirname, 'conntrackd-config');
let scratch = '/run/conntrackd-golden';

const least = (): ConntrackdConfig => ({
  sync: {
    mode: { kind: 'FTFW' },
    udp: [{ address: '192.0.2.11', destination: '192.0.2.12', port: 3780, interface: 'lo' }],
  },
  general: { unix: { path: `${scratch}/ctl` }, lockFile: `${scratch}/lock` },
});

const most = (): ConntrackdConfig => ({
  sync: {
    mode: {
      kind: 'FTFW',
      resendQueueSize: 1000,
      ackWindowSize: 20,
      disableExternalCache: true,
      startupResync: true,
    },
    udp: [
      {
        address: '192.0.2.11',
        destination: '192.0.2.12',
        port: 3780,
        interface: 'lo',
        checksum: true,
      },
      { address: '2001:db8::11', destination: '2001:db8::12', port: 3781, interface: 'lo', checksum: false },
    ],
    options: { tcpWindowTracking: false },
  },
  general: {
    systemd: false,
    scheduler: { type: 'RR', priority: 1 },
    hashSize: 1024,
    hashLimit: 4096,
    logFile: false,
    syslog: false,
    lockFile: `${scratch}/lock`,
    netlinkBufferSize: 2_097_152,
    netlinkBufferSizeMaxGrowth: 8_388_608,
    netlinkOverrunResync: false,
    netlinkEventsReliable: true,
    unix: { path: `${scratch}/ctl` },
    filter: {
      from: 'Userspace',
      protocol: { policy: 'Accept', protocols: ['TCP', 'SCTP', 'DCCP', 'UDP', 'ICMP', 'IPv6-ICMP'] },
      address: { policy: 'Accept', addresses: ['198.18.32.0/19', '192.0.2.1', 'fd5a:11:9f:1::1:0/112'] },
    },
  },
});

const cases = { least, most };

/** What conntrackd says until it runs, or ends. */
async function start(text: string): Promise<string> {
  const file = join(scratch, 'conntrackd.conf');
  writeFileSync(file, text);
  const child = spawn('conntrackd', ['-C', file]);
  let said = '';
  for (const output of [child.stdout, child.stderr])
    output.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('initialization completed')) child.kill();
    });
  await once(child, 'close');
  return said;
}

await describeInNamespace(import.meta.url, 'conntrackd.conf', () => {
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'ctd-'));
    tool('ip', ['link', 'set', 'lo', 'up']);
    for (const address of ['192.0.2.11/32', '2001:db8::11/128']) tool('ip', ['addr', 'add', address, 'dev', 'lo']);
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  it.each(Object.entries(cases))('%s: the text is as committed', (name, config) => {
    const file = join(folder, `${name}.conf`);
    const text = renderConfig(config()).replaceAll(scratch, '/run/conntrackd-golden');
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, 'utf8'));
    expect(readdirSync(folder).sort()).toEqual(Object.keys(cases).map((each) => `${each}.conf`));
  });

  it.each(Object.entries(cases))('%s: conntrackd starts with it', async (_name, config) => {
    expect(checkConfig(config())).toEqual([]);
    const said = await start(renderConfig(config()));
    expect(said).toContain('initialization completed');
    expect(said).not.toMatch(/syntax|invalid|unknown/i);
  });

  it.each(['bond0:1', '1eth', 'a+b', 'w@b'])(
    "what the checks refuse, conntrackd refuses: interface '%s'",
    async (name) => {
      const config = least();
      const [link] = config.sync.udp;
      if (link === undefined) throw new Error('no link');
      const odd = { ...config, sync: { ...config.sync, udp: [{ ...link, interface: name }] } };
      expect(checkConfig(odd)).toMatchObject([{ path: 'sync.udp[0].interface' }]);
      const text = renderConfig(config).replace('Interface lo', `Interface ${name}`);
      expect(await start(text)).toContain('syntax error');
    },
  );
});
