import { describe, expect, it } from 'vitest';
import { parseHostName } from '../../../src/net/host-name.ts';

const label63 = 'a'.repeat(63);

describe('parseHostName', () => {
  it.each([
    ['example.com', 'exact', 'example.com'],
    ['localhost', 'exact', 'localhost'],
    ['a-b.1.c3', 'exact', 'a-b.1.c3'],
    ['xn--bcher-kva.example', 'exact', 'xn--bcher-kva.example'],
    ['*.example.com', 'wildcard', 'example.com'],
    [`${label63}.x`, 'exact', `${label63}.x`],
    [
      `${label63}.${label63}.${label63}.${'a'.repeat(61)}`,
      'exact',
      `${label63}.${label63}.${label63}.${'a'.repeat(61)}`,
    ],
  ])('%s', (text, kind, name) => {
    expect(parseHostName(text)).toEqual({ kind, name });
  });

  it.each([
    ...[
      '',
      '.',
      '*',
      '*.',
      '**.example.com',
      '*.*.example.com',
      'a.*.example.com',
      '*example.com',
      'example.com.',
      '.example.com',
    ],
    ...[
      'a..b',
      '-a.com',
      'a-.com',
      'a_b.com',
      'EXAMPLE.com',
      'exa mple.com',
      'exämple.com',
      'example.com:443',
      'example.com\n',
    ],
    ...[
      '192.0.2.1',
      '127.1',
      '2130706433',
      '1.0x7f',
      '0x',
      '*.1',
      '::1',
      '[::1]',
      `a${label63}.com`,
      `${'a.'.repeat(127)}`,
    ],
    ...[`${label63}.${label63}.${label63}.${'a'.repeat(62)}`],
  ])('refuses %j', (text) => {
    expect(parseHostName(text)).toBeUndefined();
  });
});
