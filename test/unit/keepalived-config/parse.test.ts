import { parseConfig } from 'keepalived-config';
import { describe, expect, it } from 'vitest';

function instance(...lines: readonly string[]): string {
  return ['vrrp_instance one {', ...lines, '}'].join('\n');
}

function parseInstance(...lines: readonly string[]): unknown {
  const { config, errors } = parseConfig(instance(...lines));
  expect(errors).toEqual([]);
  const { kind: _kind, name: _name, ...fields } = config.blocks[0] as unknown as Record<string, unknown>;
  return fields;
}

describe('parseConfig reads', () => {
  it.each<readonly [string, string, unknown]>([
    ['a comment', 'priority 7 # 8', { priority: 7 }],
    ['the other comment', 'priority 7! 8', { priority: 7 }],
    [
      'a comment character in quotes',
      'authentication { auth_type PASS\nauth_pass "a#!b" }',
      { authentication: { type: 'PASS', password: 'a#!b' } },
    ],
    ['a block on one line', 'virtual_ipaddress { 192.0.2.1 }', { virtualIpaddress: [{ address: '192.0.2.1' }] }],
    [
      'a brace on the next line',
      'virtual_ipaddress\n{\n192.0.2.1\n}',
      { virtualIpaddress: [{ address: '192.0.2.1' }] },
    ],
    ['braces without white space', 'virtual_ipaddress{192.0.2.1}', { virtualIpaddress: [{ address: '192.0.2.1' }] }],
    ['an empty block', 'unicast_peer {\n}', { unicastPeer: [] }],
    [
      'two blocks as one',
      'unicast_peer { 192.0.2.1 }\nunicast_peer { 192.0.2.2 }',
      { unicastPeer: [{ address: '192.0.2.1' }, { address: '192.0.2.2' }] },
    ],
    ['quoted words', 'state "BACKUP"\ninterface "eth0"', { state: 'BACKUP', interface: 'eth0' }],
    ['fractions', 'advert_int .01', { advertInt: 0.01 }],
    ['a truth value left out', 'smtp_alert\nstrict_mode no', { smtpAlert: true, strictMode: false }],
    ['Windows line ends', 'priority 7\r\nversion 3\r', { priority: 7, version: 3 }],
    [
      'a script with arguments',
      `notify "/x 'a b' c" u g`,
      { notify: { command: ['/x', 'a b', 'c'], user: 'u', group: 'g' } },
    ],
    ['a script in single quotes', `notify '/x "a b"'`, { notify: { command: ['/x', 'a b'] } }],
    ['escapes of scripts', String.raw`notify "/x \x41\102\ c"`, { notify: { command: ['/x', 'AB', 'c'] } }],
    [
      'marks as C does',
      'virtual_rules { fwmark 0x10/020 table 0x3 order 010 }',
      { virtualRules: [{ mark: { value: 16, mask: 16 }, table: 3, priority: 8 }] },
    ],
    ['a named table', 'virtual_rules { lookup main preference 1 }', { virtualRules: [{ table: 'main', priority: 1 }] }],
    [
      'unknown options',
      'virtual_ipaddress { 192.0.2.1 new "a  b" dev eth0 }',
      { virtualIpaddress: [{ address: '192.0.2.1', other: 'new "a  b" dev eth0' }] },
    ],
    [
      'routes in any order',
      'virtual_routes { src 192.0.2.1 to default gw 192.0.2.2 }',
      { virtualRoutes: [{ source: '192.0.2.1', to: 'default', via: '192.0.2.2' }] },
    ],
    ['unknown lines', 'new   "a  b"', { unknown: [{ kind: 'unknown', keyword: 'new', rest: '"a  b"' }] }],
    [
      'unknown blocks',
      'new { a { b\n}\n}',
      {
        unknown: [
          {
            kind: 'unknown',
            keyword: 'new',
            rest: '',
            block: [{ kind: 'unknown', keyword: 'a', rest: '', block: [{ kind: 'unknown', keyword: 'b', rest: '' }] }],
          },
        ],
      },
    ],
  ])('%s', (_what, lines, fields) => {
    expect(parseInstance(lines)).toEqual(fields);
  });

  it('the names of keywords that were renamed', () => {
    const { config, errors } = parseConfig('global_defs { vrrp_rlimit_rtime 5 }\nvrrp_track_file f { file /x }');
    expect(errors).toEqual([]);
    expect(config.blocks).toEqual([
      { kind: 'global_defs', vrrpRlimitRttime: 5 },
      { kind: 'track_file', name: 'f', file: '/x' },
    ]);
  });
});

describe('parseConfig reports', () => {
  it.each<readonly [string, string, number, number, RegExp]>([
    ['include', 'include /etc/*.conf', 1, 1, /include.*not supported/],
    ['includea inside', 'global_defs {\n  includea x\n}', 2, 3, /includea.*not supported/],
    ['conditions', '@main priority 7', 1, 1, /condition.*not supported/],
    ['sequences', '~SEQ(A, 1, 2) x', 1, 1, /sequence.*not supported/],
    ['parameter definitions', '$A=7', 1, 1, /parameters.*not supported/],
    ['parameter use', 'global_defs { router_id x$A }', 1, 26, /parameters.*not supported/],
    ['continued lines', 'x \\', 1, 3, /continues/],
    ['an open block', 'global_defs {\n router_id x', 1, 13, /not closed/],
    ['a brace too many', 'x\n}', 2, 1, /closes nothing/],
    ['a block of nothing', '{ x }', 1, 1, /follows no keyword/],
    ['an open quote', 'x "a\n', 1, 3, /quote is not closed/],
    ['control characters', 'x a\u0000b', 1, 4, /control character/],
    ['a long line', `x ${'a'.repeat(1100)}`, 1, 1, /longer than 1022 bytes/],
    ['a missing name', 'vrrp_instance { }', 1, 1, /needs a name/],
    ['two names', 'vrrp_instance a b { }', 1, 1, /one word too many/],
    ['a name that is no word', 'vrrp_instance "a b" { }', 1, 1, /plain word/],
    ['a missing block', 'vrrp_instance a', 1, 1, /needs a block/],
    ['a missing value', instance('  priority'), 2, 3, /needs a value/],
    ['a value too many', instance('priority 1 2'), 2, 12, /'2' is one word too many/],
    ['no number', instance('priority 1x'), 2, 10, /'1x'.*whole number/],
    ['too many decimals', instance('advert_int 0.0000001'), 2, 12, /six decimals/],
    ['another word', instance('state UP'), 2, 7, /none of MASTER, BACKUP/],
    ['a flag with a value', instance('nopreempt yes'), 2, 11, /takes no value/],
    ['a keyword twice', instance('priority 1', 'priority 2'), 3, 1, /given twice/],
    ['an option without value', instance('virtual_ipaddress {', ' 192.0.2.1 dev', '}'), 3, 12, /'dev' needs a value/],
    ['an option twice', instance('virtual_ipaddress {', ' 192.0.2.1 dev a dev b', '}'), 3, 18, /'dev' is given twice/],
    ['a block in a list', instance('virtual_ipaddress {', ' a { b }', '}'), 3, 2, /block is not expected/],
    ['a block after a line', instance('priority 1 { }'), 2, 1, /has no block/],
    ['a bad mark', instance('virtual_rules { fwmark 1/2/3 table 1 }'), 2, 17, /not a mark/],
    ['ambiguous quotes', instance('notify "/x \\"#\\""'), 2, 12, /in two ways/],
    ['half an authentication', instance('authentication { auth_type PASS }'), 2, 1, /auth_type and auth_pass/],
  ])('%s', (_what, text, line, column, message) => {
    const { errors } = parseConfig(text);
    expect(errors).toContainEqual({ line, column, message: expect.stringMatching(message) });
  });

  it('and keeps what it reports as unknown, the rest as it is', () => {
    const { config, errors } = parseConfig(
      instance('priority x', 'version 3', 'unicast_peer {', '"a b"', '192.0.2.1', '}'),
    );
    expect(errors).toHaveLength(2);
    expect(config.blocks).toEqual([
      {
        kind: 'vrrp_instance',
        name: 'one',
        version: 3,
        unicastPeer: [{ address: '192.0.2.1' }],
        unknown: [
          { kind: 'unknown', keyword: 'priority', rest: 'x' },
          {
            kind: 'unknown',
            keyword: 'unicast_peer',
            rest: '',
            block: [{ kind: 'unknown', keyword: '"a', rest: 'b"' }],
          },
        ],
      },
    ]);
  });

  it('passwords never', () => {
    const { errors } = parseConfig(instance('authentication { auth_type PASS', 'auth_pass secret\\ }'));
    expect(errors).not.toEqual([]);
    expect(JSON.stringify(errors)).not.toContain('secret');
  });
});

it('parseConfig says where fields and entries stood', () => {
  const { positions } = parseConfig(
    instance(' priority 7', 'unicast_peer {', '  192.0.2.1', '}', 'unicast_peer { 192.0.2.2', '}'),
  );
  expect(positions.get('blocks[0]')).toEqual({ line: 1, column: 1 });
  expect(positions.get('blocks[0].priority')).toEqual({ line: 2, column: 2 });
  expect(positions.get('blocks[0].unicastPeer[0]')).toEqual({ line: 4, column: 3 });
  expect(positions.get('blocks[0].unicastPeer[1]')).toEqual({ line: 6, column: 16 });
});
