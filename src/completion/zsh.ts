import type { CommandTree, Flag } from './model.ts';

/** A completion script for zsh (seen with 5.9): a file _NAME in $fpath, or sourced after compinit. */
export function renderZsh({ name, options, commands }: CommandTree): string {
  const own = name.replaceAll('-', '_');
  const cases = commands.map(
    (command) => `      ${command.name})
        _arguments ${[...command.options.map(argument), "'*:name:_files'"].join(' \\\n          ')} ;;`,
  );
  return `#compdef ${name}
# zsh completion for ${name}: source <(${name} completion zsh)
_${own}() {
  local curcontext=$curcontext line state
  _arguments -C ${options.map(argument).join(' \\\n    ')} '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=(
${commands.map((command) => `        ${quote(`${command.name}:${command.description}`)}`).join('\n')}
      )
      _describe command commands ;;
    argument)
      case $line[1] in
${cases.join('\n')}
      esac ;;
  esac
}
# Of $fpath this file is read as the body of the function when it is called for the first time.
if [[ $funcstack[1] == _${own} ]]; then
  _${own} "$@"
else
  compdef _${own} ${name}
fi
`;
}

// '(-o --output)'{-o,--output}'[what it is]:value:(json yaml)'
function argument({ names, description, value }: Flag): string {
  const text = `[${description.replaceAll(/[[\]:]/g, ' ')}]`;
  const action = {
    none: '',
    choice: `:value:(${value.kind === 'choice' ? value.words.join(' ') : ''})`,
    file: ':file:_files',
    text: ':value:',
  };
  const spec = quote(`${text}${action[value.kind]}`);
  const [first = '', second] = names;
  return second === undefined ? `${first}${spec}` : `'(${names.join(' ')})'{${first},${second}}${spec}`;
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
