import type { CommandTree, Flag } from './model.ts';

/** A completion script for fish (seen with 3.6.0). */
export function renderFish({ name, options, commands }: CommandTree): string {
  const names = commands.map((command) => command.name).join(' ');
  const lines = [
    `# fish completion for ${name}: ${name} completion fish | source`,
    `complete -c ${name} -f`,
    ...options.map((flag) => `complete -c ${name} ${describe(flag)}`),
    ...commands.map(
      (command) =>
        `complete -c ${name} -n 'not __fish_seen_subcommand_from ${names}' -a ${command.name} -d ${quote(command.description)}`,
    ),
    ...commands.flatMap((command) =>
      command.options.map(
        (flag) => `complete -c ${name} -n '__fish_seen_subcommand_from ${command.name}' ${describe(flag)}`,
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function describe({ names, description, value }: Flag): string {
  const flags = names.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const behind = {
    none: [],
    choice: ['-x', '-a', quote(value.kind === 'choice' ? value.words.join(' ') : '')],
    file: ['-r', '-F'],
    text: ['-x'],
  };
  return [...flags, ...behind[value.kind], '-d', quote(description)].join(' ');
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
