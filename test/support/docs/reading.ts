import { type Block, commandsOf, fileNameOf } from './blocks.ts';

/** What somebody who follows a page does next. */
export type Step =
  | { readonly kind: 'save'; readonly name: string; readonly text: string; readonly line: number }
  | { readonly kind: 'run'; readonly command: string; readonly expected: readonly string[]; readonly line: number };

/** The steps of a page, in its order: files are saved, commands run; `console not-run` and YAML without a name are left out. */
export function stepsOf(blocks: readonly Block[]): readonly Step[] {
  return blocks.flatMap((block): readonly Step[] => {
    if (block.info === 'console') return commandsOf(block).map((command) => ({ kind: 'run', ...command }));
    const name = block.info.startsWith('yaml') ? fileNameOf(block) : undefined;
    return name === undefined ? [] : [{ kind: 'save', name, text: block.text, line: block.line }];
  });
}

// What only looks; what it shows may take a moment to become so.
const question =
  /^(kubectl (get|describe)|sallyport (status|addresses|explain)|lab (whoami|owner|node \S+ -- nft list)) ?/;

/** Whether a command may be asked again until it prints what is shown. */
export function isQuestion(command: string): boolean {
  return question.test(command) && !/[|;&]/.test(command.replaceAll(/'[^']*'/g, ''));
}
