import { expect, test } from 'vitest';
import { explainMarkUsers, parseMarkUsers } from '../../../src/agent/mark-users.ts';

const rules = (...list: readonly object[]) =>
  JSON.stringify([
    { priority: 0, src: 'all', table: 'local' },
    ...list,
    { priority: 32766, src: 'all', table: 'main' },
  ]);

test.each([
  ["Cilium's proxy", { priority: 9, fwmark: '0x200', fwmask: '0xf00', table: '2004' }, 1],
  ['the AWS CNI', { priority: 1024, fwmark: '0x80', fwmask: '0x80', table: 'main' }, 1],
  ['a mark without mask', { priority: 50, fwmark: '0x10000000', table: '7' }, 1],
  ['Calico', { priority: 50, fwmark: '0x10000000', fwmask: '0xffff0000', table: '7' }, 0],
  ['ours', { priority: 100, fwmark: '0x200', fwmask: '0x1e00', table: '1000' }, 0],
])('%s', (_name, rule, users) => {
  expect(parseMarkUsers(rules(rule), 0x1fff)).toHaveLength(users);
});

test('says which rule, and what to do', () => {
  const text = explainMarkUsers([{ priority: 9, mark: 0x200, mask: 0xf00 }], 0x1fff);
  expect(text).toContain('ip rule 9 (fwmark 0x200/0xf00)');
  expect(text).toContain('--allow-mark-overlap');
});

test.each(['{}', 'nonsense'])('throws SyntaxError on %s', (text) => {
  expect(() => parseMarkUsers(text, 0x1fff)).toThrow(SyntaxError);
});
