import { parseConfig } from 'conntrackd-config';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const text = `
# The peer is behind eth1.
Sync {
  Mode FTFW {
    DisableExternalCache On
  }
  UDP {
    IPv4_address 192.0.2.11   # ours
    IPv4_Destination_Address 192.0.2.12
    Port 3780
    Interface eth1
    Checksum yes
  }
}
General {
  LogFile /var/log/conntrackd.log
  Lockfile /run/lock
  UNIX {
    Path /run/ctl
  }
}
`;
const errorsOf = (source: string) => {
  const result = parseConfig(source);
  return result.kind === 'errors' ? result.errors.map(({ line, message }) => `${line}: ${message}`) : [];
};

test('comments, either word for a flag, either spelling of the lock file', () => {
  expect(parseConfig(text)).toEqual({
    kind: 'config',
    config: {
      sync: {
        mode: { kind: 'FTFW', disableExternalCache: true },
        udp: [{ address: '192.0.2.11', destination: '192.0.2.12', port: 3780, interface: 'eth1', checksum: true }],
      },
      general: { logFile: '/var/log/conntrackd.log', lockFile: '/run/lock', unix: { path: '/run/ctl' } },
    },
  });
});

test.each([
  ['Checksum yes', 'Checksum maybe', "12: 'Checksum' needs on or off"],
  ['Port 3780', 'Port', "10: 'Port' needs a number"],
  ['Port 3780', 'Port 1 2', "10: 'Port' needs a number"],
  ['    Port 3780\n', '', "7: 'UDP' lacks port"],
  ['Mode FTFW', 'Mode ALARM', "4: 'Mode ALARM': expected Mode FTFW { … }"],
  ['Interface eth1', 'Group 3', "11: 'Group' is not known here"],
  ['    Checksum yes', '    Port 1', "12: 'Port' is given twice"],
  ['UNIX {', 'UNIX', "21: '}' closes nothing"],
  ['General', 'Stats', "15: 'Stats' is not known here"],
  ['UNIX {', 'constructor {', "18: 'constructor' is not known here"],
])('%s → %s', (from, to, error) => {
  expect(errorsOf(text.replace(from, to))).toContain(error);
});

test('an unclosed section is told where it begins', () => {
  expect(errorsOf('Sync {\n  Mode FTFW {\n  }\n')).toContain("1: 'Sync' is never closed");
});

test('any text: read, or errors with lines; nothing is thrown', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((part) => text.replace('eth1', part)),
      ),
      (source) => {
        const result = parseConfig(source);
        if (result.kind === 'errors') for (const { line } of result.errors) expect(line).toBeGreaterThan(0);
      },
    ),
  );
  expect(errorsOf('{'.repeat(100_000))[0]).toMatch(/a brace stands/);
  expect(errorsOf('a {\n'.repeat(100_000)).join()).toMatch(/deeper/);
  expect(errorsOf('x'.repeat(2_000_000))[0]).toBe('1: longer than 1048576 characters');
});
