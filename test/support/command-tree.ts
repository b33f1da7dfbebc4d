import type { CommandTree } from '../../src/completion/model.ts';

/** A command line with a flag of every kind, and words that shells could take for theirs. */
export const someTree: CommandTree = {
  name: 'tool',
  options: [{ names: ['--level'], description: 'how much', value: { kind: 'choice', words: ['info', 'warn'] } }],
  commands: [
    {
      name: 'show',
      description: "what's there: $HOME `id` [all]",
      options: [
        { names: ['-o', '--output'], description: 'print it', value: { kind: 'choice', words: ['json', 'yaml'] } },
        { names: ['-f', '--filename'], description: 'from there', value: { kind: 'file' } },
        { names: ['--port'], description: "a destination's", value: { kind: 'text' } },
        { names: ['-w'], description: 'again', value: { kind: 'none' } },
      ],
    },
    { name: 'shut-down', description: 'end', options: [] },
  ],
};
