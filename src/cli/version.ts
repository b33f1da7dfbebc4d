import type { Command } from 'commander';

/** The release; package.json carries the same (a test holds them together). */
export const version = '0.1.0';

/** Adds `sallyport version`. */
export function addVersion(program: Command): void {
  program
    .command('version')
    .description('print the release')
    .option('-o, --output <format>', 'json')
    .action(({ output }: { output?: string }) => {
      const text = output === 'json' ? JSON.stringify({ version }) : `sallyport ${version}`;
      process.stdout.write(`${text}\n`);
    });
}
