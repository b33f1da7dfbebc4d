import { describe, expect, test } from 'vitest';
import { parseTraceLine } from '../../../src/trace/parse-line.ts';
import { captured } from '../../support/trace/captured.ts';

const at = { id: '9856df4e', table: 'inet sallyport', chain: 'judge' };
const line = (rest: string) => parseTraceLine(`trace id 9856df4e inet sallyport judge ${rest}`);

describe('of nft 1.0.6', () => {
  test.each(['far', 'owner', 'alone', 'near-udp', 'near-ipv6', 'near-ping', 'refused', 'held'])(
    'every line of %s is understood',
    (name) => {
      const lines = captured(name).filter((each) => each.startsWith('trace id '));
      expect(lines.filter((each) => parseTraceLine(each) === undefined)).toEqual([]);
      expect(lines.length).toBeGreaterThan(10);
    },
  );

  test('a packet: devices, ends, and what tells it from others', () => {
    const [first = ''] = captured('far');
    expect(parseTraceLine(first)).toEqual({
      ...{ kind: 'packet', id: '9856df4e', table: 'inet sallyport_trace_x', chain: 'begin' },
      header: {
        ...{ iif: 'cni0', source: '10.244.1.3', destination: '198.51.100.10', sourcePort: 51652, destinationPort: 443 },
        print: '43839/60/syn/',
      },
    });
    const [six = ''] = captured('near-ipv6');
    expect(parseTraceLine(six)).toMatchObject({ header: { source: 'fd00:10:244:1::3', print: '/40/syn/' } });
    const [ping = ''] = captured('near-ping');
    expect(parseTraceLine(ping)).toMatchObject({ header: { echo: 697, print: '40737/84//1' } });
  });

  test('of a packet nothing is kept that it carries', () => {
    const text = JSON.stringify(captured('near-udp').map(parseTraceLine));
    expect(captured('near-udp').join('')).toContain('0x77686f');
    expect(text).not.toContain('0x77686f');
  });

  test('a rule without our digest and its figures, a policy with its mark', () => {
    expect(line('rule ip saddr vmap @pods4 comment "sp:754ff62e" (verdict jump profile4_56)')).toEqual({
      ...{ kind: 'rule', ...at, rule: 'ip saddr vmap @pods4', verdict: 'jump profile4_56' },
    });
    expect(line('rule ip daddr 127.0.0.1 counter packets 7 bytes 99 (verdict continue)')).toMatchObject({
      rule: 'ip daddr 127.0.0.1 counter',
    });
    expect(line('unknown rule handle 12 (verdict drop)')).toEqual({ kind: 'rule', ...at, rule: '', verdict: 'drop' });
    expect(line('policy accept meta mark 0x00000201 ')).toEqual({
      kind: 'policy',
      ...at,
      verdict: 'accept',
      mark: 513,
    });
    expect(line('policy drop')).toEqual({ kind: 'policy', ...at, verdict: 'drop' });
  });
});

describe('hostile', () => {
  test('a comment that looks like a verdict is none', () => {
    expect(line('rule accept comment "x (verdict drop)" (verdict accept)')).toMatchObject({ verdict: 'accept' });
  });

  test('a rule of any length is kept within bounds', () => {
    const event = line(`rule ${'x'.repeat(100_000)} (verdict accept)`);
    expect(event?.kind === 'rule' ? event.rule.length : 0).toBe(300);
  });

  test.each([
    '',
    'trace id',
    'trace id zz inet a b policy accept',
    'trace id 1 inet a',
    'trace id 1 inet a b',
    'trace id 1 inet a b rule (verdict )',
    'trace id 1 inet a b rule accept',
    '# new generation 7 by process 1 (nft)',
    'add rule inet sallyport judge accept',
    `trace id 1 inet ${'a'.repeat(300)} b policy accept`,
  ])('%j is none', (text) => {
    expect(parseTraceLine(text)).toBeUndefined();
  });

  test('a packet without anything known is one without anything known', () => {
    expect(parseTraceLine('trace id 1 arp a b packet: ')).toMatchObject({ kind: 'packet', header: { print: '///' } });
    expect(parseTraceLine('trace id 1 inet a b packet: iif "a\\"b" oif 7 ip saddr')).toMatchObject({
      header: { oif: '7' },
    });
  });
});
