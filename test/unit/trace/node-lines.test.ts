import { describe, expect, test } from 'vitest';
import { parseNodeLine, renderNodeLine } from '../../../src/trace/node-lines.ts';
import { parseTraceLine } from '../../../src/trace/parse-line.ts';
import { captured } from '../../support/trace/captured.ts';

describe('what a node prints is read again', () => {
  test('that it looks', () => {
    expect(parseNodeLine(renderNodeLine({ kind: 'ready' }))).toEqual({ kind: 'ready' });
  });

  test.each(['far', 'owner', 'near-ping', 'near-ipv6', 'refused'])('every event of %s', (name) => {
    const events = captured(name).flatMap((line) => parseTraceLine(line) ?? []);
    expect(events.length).toBeGreaterThan(10);
    for (const event of events) {
      expect(parseNodeLine(renderNodeLine({ kind: 'event', event }))).toEqual({ kind: 'event', event });
    }
  });
});

describe('a node that lies', () => {
  test.each([
    '',
    'x',
    'null',
    '[]',
    '{}',
    '{"kind":"event"}',
    '{"kind":"event","event":null}',
    '{"kind":"event","event":{"kind":"packet","id":"1","table":"inet a","chain":"b"}}',
    '{"kind":"event","event":{"kind":"rule","id":"1","table":"inet a","chain":"b","rule":7,"verdict":"drop"}}',
    '{"kind":"event","event":{"kind":"other","id":"1","table":"inet a","chain":"b","verdict":"drop"}}',
  ])('%j is nothing', (text) => {
    expect(parseNodeLine(text)).toBeUndefined();
  });

  test('steers no terminal, and fills no memory', () => {
    const event = {
      kind: 'rule',
      id: '1',
      table: 'inet \u001b[2Ja',
      chain: 'b\u202e',
      rule: 'x'.repeat(9_999),
      verdict: 'drop',
    };
    const parsed = parseNodeLine(JSON.stringify({ kind: 'event', event }));
    expect(parsed).toEqual({
      kind: 'event',
      event: { ...event, table: 'inet ?[2Ja', chain: 'b?', rule: 'x'.repeat(400) },
    });
  });

  test('has no ports below zero, and no fractions', () => {
    const header = { sourcePort: -1, destinationPort: 1.5, echo: '7', print: 5 };
    const event = { kind: 'packet', id: '1', table: 'inet a', chain: 'b', header };
    expect(parseNodeLine(JSON.stringify({ kind: 'event', event }))).toMatchObject({ event: { header: { print: '' } } });
    expect(JSON.stringify(parseNodeLine(JSON.stringify({ kind: 'event', event })))).not.toMatch(/Port|echo/);
  });
});
