import { type Command, Option } from 'commander';

/** The release; package.json carries the same (a test holds them together). */
export const version = '0.1.0';

/** Adds `sallyport version`. */
export function addVersion(program: Command): void {
  program
    .command('version')
    .description('print the release')
    .addOption(new Option('-o, --output <format>', 'print the result').choices(['json']))
    .action(({ output }: { output?: 'json' }) => {
      const text = output === 'json' ? JSON.stringify({ version }) : `sallyport ${version}`;
      process.stdout.write(`${text}\n`);
    });
}
