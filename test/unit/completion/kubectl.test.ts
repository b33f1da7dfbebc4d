import { expect, test } from 'vitest';
import { renderForKubectl } from '../../../src/completion/kubectl.ts';
import { someTree } from '../../support/command-tree.ts';

test.each([
  [[''], "show\twhat's there: $HOME `id` [all]\nshut-down\tend\n:4\n"],
  [[], "show\twhat's there: $HOME `id` [all]\nshut-down\tend\n:4\n"],
  [['shu'], 'shut-down\tend\n:4\n'],
  [['--'], '--level\thow much\n:4\n'],
  [['--level', ''], 'info\nwarn\n:4\n'],
  [['--level', 'info', 'sho'], "show\twhat's there: $HOME `id` [all]\n:4\n"],
  [['show', '--o'], '--output\tprint it\n:4\n'],
  [['show', '-w', '-o', 'j'], 'json\n:4\n'],
  [['show', '-f', ''], ':0\n'],
  [['show', '--port', ''], ':4\n'],
  [['show', '-w', ''], ':0\n'],
])('%j', (words, expected) => {
  expect(renderForKubectl(someTree, words)).toBe(expected);
});
