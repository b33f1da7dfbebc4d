import { expect, test } from 'vitest';
import { renderZsh } from '../../../src/completion/zsh.ts';
import { someTree } from '../../support/command-tree.ts';

// Seen to work with zsh 5.9; it is no part of a machine that runs these tests.
test('quotes what zsh would read', () => {
  expect(renderZsh(someTree)).toMatchInlineSnapshot(`
    "#compdef tool
    # zsh completion for tool: source <(tool completion zsh)
    _tool() {
      local line state
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
    compdef _tool tool
    "
  `);
});
