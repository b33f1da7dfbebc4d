import type { CommandTree, Flag, OptionWords } from './model.ts';

/** A completion script for bash 4 and newer, complete in itself: it calls no program. */
export function renderBash({ name, options, commands }: CommandTree): string {
  const cases = commands.map((command) => {
    return [`    ${command.name})`, ...values(command.options), `      words='${flagWords(command.options)}' ;;`].join(
      '\n',
    );
  });
  return `# bash completion for ${name}: source <(${name} completion bash)
_${functionName(name)}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command='' words='' at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      ${commands.map((command) => command.name).join(' | ')}) command=\${COMP_WORDS[at]}; break ;;
    esac
  done
  case $command in
${cases.join('\n')}
    *)
${values(options).join('\n')}
      words='${[...commands.map((command) => command.name), flagWords(options)].join(' ')}' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _${functionName(name)} ${name}
`;
}

function values(options: OptionWords): readonly string[] {
  const arms = options.flatMap((flag) => {
    const reply = replyFor(flag);
    return reply === undefined ? [] : [`        ${flag.names.join(' | ')}) ${reply} ;;`];
  });
  return ['      case $previous in', ...arms, '      esac'];
}

function replyFor({ value }: Flag): string | undefined {
  if (value.kind === 'none') return undefined;
  // An empty answer: bash falls back to the names of files (-o default).
  if (value.kind !== 'choice') return 'return';
  return `mapfile -t COMPREPLY < <(compgen -W '${value.words.join(' ')}' -- "$current"); return`;
}

const flagWords = (options: OptionWords): string => options.flatMap(({ names }) => names).join(' ');
const functionName = (name: string): string => name.replaceAll('-', '_');
