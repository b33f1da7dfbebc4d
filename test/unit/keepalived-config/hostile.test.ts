import fc from 'fast-check';
import { checkConfig, parseConfig, RenderError, renderConfig } from 'keepalived-config';
import { expect, it } from 'vitest';
import { writableConfig } from '../../support/keepalived-arbitrary.ts';

const pieces = [
  ...[
    '{',
    '}',
    '\n',
    '"',
    "'",
    '\\',
    '#',
    '!',
    ' ',
    '\t',
    '\r',
    '\0',
    '$A',
    `$${'{A}'}`,
    '@x',
    '~SEQ(A,1,2)',
    'include x',
  ],
  ...[
    'vrrp_instance',
    'global_defs',
    'vrrp_sync_group',
    'group',
    'vrrp_script',
    'script',
    'track_file',
    'a',
    '7',
    '192.0.2.1',
    '2001:db8::1/64',
  ],
  ...[
    'virtual_ipaddress',
    'virtual_rules',
    'virtual_routes',
    'unicast_peer',
    'track_script',
    'authentication',
    'auth_type',
    'auth_pass',
    'PASS',
  ],
  ...[
    'notify',
    'notify_deleted',
    'use_vmac',
    'weight',
    'dev',
    'from',
    'to',
    'fwmark',
    '0x1/0x2',
    'lookup',
    'priority',
    'advert_int',
    '0.1',
    'on',
  ],
];
const soup = fc
  .array(fc.constantFrom(...pieces), { maxLength: 60 })
  .chain((parts) => fc.constantFrom('', ' ').map((glue) => parts.join(glue)));
const text = fc.oneof(soup, fc.string({ unit: 'binary', maxLength: 200 }));

/** A rendered config with a few characters changed. */
const damaged = fc
  .tuple(writableConfig, fc.array(fc.tuple(fc.nat(), fc.constantFrom(...pieces)), { minLength: 1, maxLength: 4 }))
  .map(([config, changes]) =>
    changes.reduce(
      (all, [at, piece]) => `${all.slice(0, at % (all.length + 1))}${piece}${all.slice((at % (all.length + 1)) + 1)}`,
      renderConfig(config),
    ),
  );

function exercise(source: string): void {
  const { config, errors, positions } = parseConfig(source);
  for (const { line, column, message } of errors) {
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(message).not.toBe('');
  }
  checkConfig(config, positions);
  let again: string;
  try {
    again = renderConfig(config);
  } catch (error) {
    expect(error).toBeInstanceOf(RenderError);
    // Only what was reported may be impossible to write.
    expect(errors).not.toEqual([]);
    return;
  }
  if (errors.length === 0) expect(parseConfig(again)).toMatchObject({ config, errors: [] });
}

it('hostile text gives errors or a config that renders and reads the same', () => {
  fc.assert(fc.property(text, exercise), { numRuns: 2000 });
});

it('damaged configs do too', () => {
  fc.assert(fc.property(damaged, exercise), { numRuns: 300 });
});

const size = 600_000;
it.each<readonly [string, string]>([
  ['open braces', '{'.repeat(size)],
  ['nested blocks', 'a {\n'.repeat(size / 4)],
  ['closed braces', '}'.repeat(size)],
  ['quotes', '"'.repeat(size)],
  ['escaped quotes on one line', `${'\\"'.repeat(size / 2)}{`],
  ['backslashes', '\\'.repeat(size)],
  ['blanks', ' '.repeat(size)],
  ['short lines', 'a\n'.repeat(size / 2)],
  ['words', 'a '.repeat(size / 2)],
  ['digits', `vrrp_instance a {\npriority ${'9'.repeat(size)}\n}`],
  ['bad list entries', `vrrp_instance a {\nunicast_peer {\n${'"a b"\n'.repeat(size / 6)}}\n}`],
  ['list entries', `vrrp_instance a {\nunicast_peer {\n${'192.0.2.1 x\n'.repeat(size / 12)}}\n}`],
  ['blocks of one entry', `vrrp_instance a {\n${'unicast_peer { 192.0.2.1 }\n'.repeat(size / 27)}}`],
  ['instances', 'vrrp_instance a { virtual_router_id 1 }\n'.repeat(size / 40)],
  ['more than is read', 'a'.repeat(3_000_000)],
])('%s in great number take no time', (_what, source) => {
  const begin = process.cpuUsage();
  const { config, errors, positions } = parseConfig(source);
  expect(errors.length).toBeLessThanOrEqual(100);
  checkConfig(config, positions);
  // Of the processor, not of the clock: a busy machine is not the parser's fault.
  const { user, system } = process.cpuUsage(begin);
  expect((user + system) / 1000).toBeLessThan(5_000);
});
