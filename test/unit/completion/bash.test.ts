import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { renderBash } from '../../../src/completion/bash.ts';
import { someTree } from '../../support/command-tree.ts';

/** What bash itself offers behind these words; without its start-up file, which it reads where it takes its input for a remote shell's. */
function offers(...words: readonly string[]): readonly string[] {
  const script = `${renderBash(someTree)}
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_tool
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-euc', script, 'bash', ...words], {
    encoding: 'utf8',
  });
  if (status !== 0 || stderr !== '') throw new Error(stderr);
  return stdout.split('\n').filter((line) => line !== '');
}

test.each([
  [
    ['tool', ''],
    ['show', 'shut-down', '--level'],
  ],
  [
    ['tool', 'sh'],
    ['show', 'shut-down'],
  ],
  [
    ['tool', '--level', ''],
    ['info', 'warn'],
  ],
  [['tool', '--level', 'info', 'sho'], ['show']],
  [
    ['tool', 'show', '--'],
    ['--output', '--filename', '--port'],
  ],
  [
    ['tool', 'show', '-o', ''],
    ['json', 'yaml'],
  ],
  [['tool', 'show', '-w', '--output', 'j'], ['json']],
  [['tool', 'show', '-f', ''], []],
  [['tool', 'shut-down', '-'], []],
])('%j', (words, expected) => {
  expect(offers(...words)).toEqual(expected);
});
