import { describe, expect, test } from 'vitest';
import { renderZsh } from '../../../src/completion/zsh.ts';
import { someTree } from '../../support/command-tree.ts';
import { lackOf } from '../../support/has-shell.ts';
import { type ZshLoading, zshOffers } from '../../support/zsh-completion.ts';

test('quotes what zsh would read', () => {
  expect(renderZsh(someTree)).toMatchInlineSnapshot(`
    "#compdef tool
    # zsh completion for tool: source <(tool completion zsh)
    _tool() {
      local curcontext=$curcontext line state
      _arguments -C --level'[how much]:value:(info warn)' '1:command:->command' '*::argument:->argument'
      case $state in
        command)
          local -a commands=(
            'show:what'\\''s there: $HOME \`id\` [all]'
            'shut-down:end'
          )
          _describe command commands ;;
        argument)
          case $line[1] in
          show)
            _arguments '(-o --output)'{-o,--output}'[print it]:value:(json yaml)' \\
              '(-f --filename)'{-f,--filename}'[from there]:file:_files' \\
              --port'[a destination'\\''s]:value:' \\
              -w'[again]' \\
              '*:name:_files' ;;
          shut-down)
            _arguments '*:name:_files' ;;
          esac ;;
      esac
    }
    # Of $fpath this file is read as the body of the function when it is called for the first time.
    if [[ $funcstack[1] == _tool ]]; then
      _tool "$@"
    else
      compdef _tool tool
    fi
    "
  `);
});

const lack = lackOf('zsh');
const cases: readonly [line: string, offers: readonly string[]][] = [
  ['tool ', ['show', 'shut-down']],
  ['tool shu', ['shut-down']],
  ['tool -', ['--level']],
  ['tool --level ', ['info', 'warn']],
  ['tool --level info sho', ['show']],
  ['tool show --', ['--filename', '--output', '--port']],
  ['tool show -o ', ['json', 'yaml']],
  ['tool show -w --output j', ['json']],
  ['tool show -f ', ['a.yaml']],
  ['tool show --port ', []],
  ['tool shut-down -', []],
];
describe.skipIf(lack !== undefined)(['zsh itself offers', lack].filter(Boolean).join(', '), () => {
  // The first line is the first time that the function is called.
  test.each<ZshLoading>(['sourced', 'in $fpath'])('what may follow; script %s', (loading) => {
    const offers = zshOffers(renderZsh(someTree), { loading, lines: cases.map(([line]) => line), files: ['a.yaml'] });
    expect(cases.map(([line], at) => [line, offers[at]])).toEqual(cases);
  });
});
