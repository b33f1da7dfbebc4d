import { expect, test } from 'vitest';
import { parseObjectName, parsePort, parseProtocol } from '../../../src/inspect/parse-question.ts';

test('names with a namespace, and without one', () => {
  expect(parseObjectName('shop/a', 'default')).toEqual({ namespace: 'shop', name: 'a' });
  expect(parseObjectName('a', 'shop')).toEqual({ namespace: 'shop', name: 'a' });
  for (const text of ['', '/', '/a', 'shop/', 'a/b/c']) expect(parseObjectName(text, 'shop')).toBeUndefined();
});

test('protocols and ports', () => {
  expect(['tcp', 'Udp', 'SCTP', 'icmp', 'HTTP', ''].map(parseProtocol)).toEqual([
    ...['TCP', 'UDP', 'SCTP', 'ICMP'],
    ...[undefined, undefined],
  ]);
  expect(['1', '65535', '0', '65536', '-1', '1.5', '0x10', ''].map(parsePort)).toEqual([
    ...[1, 65_535],
    ...Array.from({ length: 6 }, () => undefined),
  ]);
});
