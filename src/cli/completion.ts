import { Argument, type Command, type Option } from 'commander';
import { renderBash } from '../completion/bash.ts';
import { renderFish } from '../completion/fish.ts';
import { renderForKubectl } from '../completion/kubectl.ts';
import { type CommandTree, type Flag, type FlagValue, type Shell, shells } from '../completion/model.ts';
import { renderZsh } from '../completion/zsh.ts';

/** Adds `sallyport completion SHELL`; the script completes the program of that name. */
export function addCompletion(program: Command, name: string): void {
  program
    .command('completion')
    .description(`print a completion script: source <(${name} completion bash)`)
    .addArgument(new Argument('<shell>', 'whose').choices(shells))
    .action((shell: Shell) => {
      const render = { bash: renderBash, zsh: renderZsh, fish: renderFish }[shell];
      process.stdout.write(render(readTree(program, name)));
    });
}

/** Prints what kubectl wants to know when it completes a plugin: what may stand in the place of the last word. */
export function answerKubectl(program: Command, words: readonly string[]): void {
  process.stdout.write(renderForKubectl(readTree(program, program.name()), words));
}

function readTree(program: Command, name: string): CommandTree {
  return {
    name,
    options: flagsOf(program),
    commands: commandsOf(program).map((command) => ({
      name: command.name(),
      description: command.description().split('\n')[0] ?? '',
      options: flagsOf(command),
    })),
  };
}

// Those that help shows, without help itself.
function commandsOf(program: Command): readonly Command[] {
  const visible = program.createHelp().visibleCommands(program);
  return program.commands.filter((command) => visible.includes(command));
}

function flagsOf(command: Command): readonly Flag[] {
  return command.createHelp().visibleOptions(command).map(readFlag);
}

const files = new Set(['--filename', '--kubeconfig', '--against', '--run-dir', '--cri-socket', '--report', '--exempt']);

function readFlag({ short, long, description, required, optional, argChoices }: Option): Flag {
  const value: FlagValue =
    !required && !optional
      ? { kind: 'none' }
      : argChoices !== undefined
        ? { kind: 'choice', words: argChoices }
        : { kind: files.has(long ?? '') ? 'file' : 'text' };
  return { names: [short, long].filter((name) => name != null), description, value };
}
