import { expect, test } from 'vitest';
import { renderFish } from '../../../src/completion/fish.ts';
import { someTree } from '../../support/command-tree.ts';

// Seen to work with fish 3.6; it is no part of a machine that runs these tests.
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
