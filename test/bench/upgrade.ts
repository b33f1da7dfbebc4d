import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { previousTag } from '../../hack/previous/files.ts';
import { preparePrevious } from '../../hack/previous/prepare.ts';
import { version } from '../../src/cli/version.ts';
import { progress, runInLab } from './lab-run.ts';
import { hurryKeepalived, priorityNote } from './real-time.ts';
import { currentLoad, publish } from './section.ts';
import type { UpgradeLine } from './upgrade-inside.ts';
import { upgradeRows } from './upgrade-report.ts';

const options = {
  rounds: { type: 'string', default: '3' },
  from: { type: 'string' },
  nodes: { type: 'string', default: '4' },
  interval: { type: 'string', default: '2' },
  tcp: { type: 'string', default: '10' },
  keep: { type: 'string' },
  smoke: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
} as const;

const install = join(import.meta.dirname, '..', '..', 'config', 'install');

/** What an upgrade from the version before (`--from REF`; default hack/previous/ref) and the way back cost flows that never pause. */
export async function upgrade(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const previous = await preparePrevious(values.from);
  if (previous.kind === 'absent') throw new Error(previous.why);
  const loadBefore = currentLoad();
  const rounds = values.smoke ? '1' : values.rounds;
  progress(`${previous.version} to ${version} and back, ${rounds} rounds of about three minutes`);
  const keep = values.keep === undefined ? [] : ['--keep', values.keep];
  const bundle = ['--bundle', `${previousTag}=${previous.bundle}`];
  const lab = ['--nodes', values.smoke ? '3' : values.nodes, ...bundle, '--install', previous.install, ...keep];
  const ends = ['--before', previous.install, '--before-version', previous.version, '--now', install];
  const inside = [...ends, '--rounds', rounds, '--interval', values.interval, '--tcp', values.tcp];
  const lines: UpgradeLine[] = [];
  const isRoot = process.getuid?.() === 0;
  const over = new AbortController();
  const onStart = (pid: number) => void (isRoot && hurryKeepalived(pid, over.signal));
  const run = { lab, script: 'upgrade-inside.ts', args: inside, onStart };
  const end = await runInLab<UpgradeLine>(run, (line) => lines.push(line)).finally(() => over.abort());
  const { rows, notes } = upgradeRows(lines, { before: previous.version, now: version });
  const section = {
    name: 'upgrade',
    command: ['upgrade', ...args],
    loadBefore,
    rows,
    notes: [...notes, priorityNote(isRoot)],
  };
  await publish({ ...section, isCutShort: end !== 'done' }, values.write);
}
