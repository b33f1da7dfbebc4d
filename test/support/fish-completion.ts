import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ask = 'source $argv[1]; for line in $argv[2..]; complete -C $line; echo; end';

/** What fish itself offers behind each of these lines, with the script as the completion of "tool", in a folder of these files. */
export function fishOffers(
  script: string,
  { lines, files = [] }: { lines: readonly string[]; files?: readonly string[] },
): readonly (readonly string[])[] {
  const place = mkdtempSync(join(tmpdir(), 'sallyport-fish-'));
  try {
    mkdirSync(join(place, 'work'));
    writeFileSync(join(place, 'tool.fish'), script);
    for (const name of files) writeFileSync(join(place, 'work', name), '');
    const { stdout, stderr, status } = spawnSync(
      'fish',
      ['--no-config', '-c', ask, join(place, 'tool.fish'), ...lines],
      {
        ...{ cwd: join(place, 'work'), encoding: 'utf8', timeout: 15_000 },
        env: { PATH: process.env['PATH'], HOME: place },
      },
    );
    if (status !== 0 || stderr !== '') throw new Error(`fish: status ${status}: ${stderr}${stdout}`);
    return answersIn(stdout).map((words) => words.sort());
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

// A word with its description per line, an empty line behind each answer.
function answersIn(text: string): string[][] {
  const answers: string[][] = [[]];
  for (const line of text.split('\n').slice(0, -1)) {
    if (line === '') answers.push([]);
    else answers.at(-1)?.push(line.split('\t')[0] ?? '');
  }
  return answers.slice(0, -1);
}
