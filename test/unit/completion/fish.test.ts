import { expect, test } from 'vitest';
import { renderFish } from '../../../src/completion/fish.ts';
import { someTree } from '../../support/command-tree.ts';
import { fishOffers } from '../../support/fish-completion.ts';
import { lackOf } from '../../support/has-shell.ts';

test('quotes what fish would read', () => {
  expect(renderFish(someTree)).toMatchInlineSnapshot(`
    "# fish completion for tool: tool completion fish | source
    complete -c tool -f
    complete -c tool -l level -x -a 'info warn' -d 'how much'
    complete -c tool -n 'not __fish_seen_subcommand_from show shut-down' -a show -d 'what\\'s there: $HOME \`id\` [all]'
    complete -c tool -n 'not __fish_seen_subcommand_from show shut-down' -a shut-down -d 'end'
    complete -c tool -n '__fish_seen_subcommand_from show' -s o -l output -x -a 'json yaml' -d 'print it'
    complete -c tool -n '__fish_seen_subcommand_from show' -s f -l filename -r -F -d 'from there'
    complete -c tool -n '__fish_seen_subcommand_from show' -l port -x -d 'a destination\\'s'
    complete -c tool -n '__fish_seen_subcommand_from show' -s w -d 'again'
    "
  `);
});

const lack = lackOf('fish');
const cases: readonly [line: string, offers: readonly string[]][] = [
  ['tool ', ['show', 'shut-down']],
  ['tool shu', ['shut-down']],
  ['tool -', ['--level']],
  ['tool --level ', ['info', 'warn']],
  ['tool --level info sho', ['show']],
  ['tool show --', ['--filename', '--level', '--output', '--port']],
  ['tool show -o ', ['json', 'yaml']],
  ['tool show -w --output j', ['json']],
  ['tool show -f ', ['a.yaml']],
  ['tool show --port ', []],
  ['tool shut-down ', []],
];
test.skipIf(lack !== undefined)(['fish itself offers what may follow', lack].filter(Boolean).join(', '), () => {
  const offers = fishOffers(renderFish(someTree), { lines: cases.map(([line]) => line), files: ['a.yaml'] });
  expect(cases.map(([line], at) => [line, offers[at]])).toEqual(cases);
});
