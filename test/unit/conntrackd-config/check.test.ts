import { type ConntrackdConfig, checkConfig, renderConfig } from 'conntrackd-config';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const link = { address: '192.0.2.11', destination: '192.0.2.12', port: 3780, interface: 'eth0' };
type Changes = Partial<ConntrackdConfig['sync'] & ConntrackdConfig['general']>;
const configOf = ({ mode = { kind: 'FTFW' }, udp = [link], options, ...general }: Changes): ConntrackdConfig => ({
  sync: { mode, udp, ...(options === undefined ? {} : { options }) },
  general: { unix: { path: '/run/ctl' }, ...general },
});
const paths = (changes: Changes) => checkConfig(configOf(changes)).map(({ path }) => path);
const filtered = (...addresses: readonly string[]): Changes => ({
  filter: { from: 'Userspace', address: { policy: 'Accept', addresses } },
});

test.each<readonly [string, Changes]>([
  ['sync.mode.resendQueueSize', { mode: { kind: 'FTFW', resendQueueSize: 0 } }],
  ['sync.udp', { udp: [] }],
  ['sync.udp', { udp: [1, 2, 3, 4, 5].map((port) => ({ ...link, port })) }],
  ['sync.udp[1].port', { udp: [link, link] }],
  ['sync.udp[0].port', { udp: [{ ...link, port: 65_536 }] }],
  ['sync.udp[0].address', { udp: [{ ...link, address: '192.0.2.256' }] }],
  ['sync.udp[0].destination', { udp: [{ ...link, destination: '2001:db8::1' }] }],
  ['sync.udp[0].destination', { udp: [{ ...link, destination: link.address }] }],
  ['sync.udp[0].destination', { udp: [{ ...link, destination: '192.0.2.12 {' }] }],
  ['sync.udp[0].interface', { udp: [{ ...link, interface: 'eth0\n}' }] }],
  ['sync.udp[0].rcvSocketBuffer', { udp: [{ ...link, rcvSocketBuffer: 1.5 }] }],
  ['general.scheduler.priority', { scheduler: { type: 'RR', priority: 100 } }],
  ['general.hashLimit', { hashLimit: -1 }],
  ['general.lockFile', { lockFile: 'conntrackd.lock' }],
  ['general.logFile', { logFile: '/var/log/"x"' }],
  ['general.unix.path', { unix: { path: `/${'a'.repeat(107)}` } }],
  ['general.filter.address.addresses', filtered()],
  ['general.filter.address.addresses[1]', filtered('198.18.0.0/15', '198.18.0.0/33')],
  ['general.filter.address.addresses[0]', filtered('fe80::1%eth0')],
  ['general.filter.address.addresses[0]', filtered('1::2::3')],
])('%s', (path, changes) => {
  expect(paths(changes)).toEqual([path]);
  expect(() => renderConfig(configOf(changes))).toThrow(`${path}: `);
});

test('what is right has no problem', () => {
  expect(
    paths({ ...filtered('::/0', '::1', '198.18.0.0/15', '1:2:3:4:5:6:7:8'), logFile: false, hashSize: 1 }),
  ).toEqual([]);
});

test('whatever text stands for an address, name or path: refused, or written as one word', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom('address', 'destination', 'interface', 'path', 'filter'),
      (text, where) => {
        const changes: Changes =
          where === 'path'
            ? { unix: { path: text } }
            : where === 'filter'
              ? filtered(text)
              : { udp: [{ ...link, [where]: text }] };
        const config = configOf(changes);
        if (checkConfig(config).length > 0) return;
        const lines = renderConfig(config).split('\n');
        expect(lines.filter((line) => line.trim().split(' ').length === 2 && line.endsWith(` ${text}`))).toHaveLength(
          1,
        );
      },
    ),
  );
});
