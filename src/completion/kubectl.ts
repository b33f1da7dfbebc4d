import type { CommandTree, Flag, OptionWords } from './model.ts';

// ShellCompDirectiveDefault and ShellCompDirectiveNoFileComp of cobra.
const namesOfFiles = ':0';
const nothingElse = ':4';

/**
 * What `kubectl_complete-NAME` prints when kubectl (1.26 and newer) asks it what may follow `kubectl NAME`: a line per word, described
 * behind a tab, and a directive at the end. The last word is the one that is being typed.
 */
export function renderForKubectl({ options, commands }: CommandTree, words: readonly string[]): string {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = before.flatMap((word) => commands.find(({ name }) => name === word) ?? [])[0];
  const flags = command?.options ?? options;
  const open = flags.find(({ names, value }) => names.includes(before.at(-1) ?? '') && value.kind !== 'none');
  if (open !== undefined) return behindFlag(open, current);
  if (current.startsWith('-')) return answer(current, flagLines(flags), nothingElse);
  return command === undefined ? answer(current, commands, nothingElse) : answer(current, [], namesOfFiles);
}

interface Line {
  readonly name: string;
  readonly description?: string;
}

function behindFlag({ value }: Flag, current: string): string {
  if (value.kind !== 'choice') return answer(current, [], value.kind === 'file' ? namesOfFiles : nothingElse);
  return answer(
    current,
    value.words.map((name) => ({ name })),
    nothingElse,
  );
}

const flagLines = (flags: OptionWords): readonly Line[] =>
  flags.flatMap(({ names, description }) => names.map((name) => ({ name, description })));

function answer(current: string, lines: readonly Line[], directive: string): string {
  const texts = lines
    .filter(({ name }) => name.startsWith(current))
    .map(({ name, description }) => (description === undefined ? name : `${name}\t${description}`));
  return `${[...texts, directive].join('\n')}\n`;
}
