import { expect, test } from 'vitest';
import { commandOf } from '../../../src/cli/command-of.ts';

test.each([
  [['agent', '--node', 'a'], 'agent'],
  [['--log-level', 'debug', 'agent'], 'agent'],
  [['--log-level=debug', 'status', 'agent'], 'status'],
  [['agen', 'agent'], undefined],
  [['--help'], undefined],
  [['help', 'agent'], undefined],
  [['--log-level', 'agent'], undefined],
  [[], undefined],
])('%j names %s', (words, name) => {
  expect(commandOf(words, ['agent', 'status'])).toBe(name);
});
