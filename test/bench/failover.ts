import { parseArgs } from 'node:util';
import { falseFailovers } from './failover-false.ts';
import type { FaultKind } from './failover-faults.ts';
import { faultKinds } from './failover-faults.ts';
import { manyFlows } from './failover-many.ts';
import { failoverRows } from './failover-report.ts';
import type { FailoverLine } from './failover-rounds.ts';
import { profiles } from './failover-world.ts';
import { progress, runInLab } from './lab-run.ts';
import { hurryKeepalived, priorityNote } from './real-time.ts';
import { currentLoad, publish } from './section.ts';

const options = {
  rounds: { type: 'string', default: '100' },
  profiles: { type: 'string', default: 'Fast,Default' },
  kinds: { type: 'string', default: 'crash,freeze,kill,planned' },
  nodes: { type: 'string', default: '4' },
  interval: { type: 'string', default: '2' },
  tcp: { type: 'string', default: '10' },
  keep: { type: 'string' },
  smoke: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
} as const;

/**
 * How long flows stand still, and what is lost, when the owner crashes or is moved away from; `--rounds N` crashes (all kinds in
 * turn) and as many planned moves per profile. `--flows`: thousands of connections; `--false`: no fault at all, but no CPU either.
 */
export async function failover(args: readonly string[]): Promise<void> {
  const [mode] = args.filter((arg) => arg === '--flows' || arg === '--false');
  const rest = args.filter((arg) => arg !== mode);
  if (mode === '--flows') return manyFlows(rest);
  if (mode === '--false') return falseFailovers(rest);
  const { values } = parseArgs({ args: [...args], options });
  const isRoot = process.getuid?.() === 0;
  for (const profile of chosen(values.smoke ? 'Default' : values.profiles, profiles)) {
    const loadBefore = currentLoad();
    const kinds = values.smoke ? (['crash', 'planned'] as const) : plan(values.kinds, Number(values.rounds));
    progress(`${profile}: ${kinds.length} rounds of about 20 s`);
    const inside = ['--profile', profile, '--kinds', kinds.join(), '--interval', values.interval, '--tcp', values.tcp];
    const quick = values.smoke ? ['--window', '2500', '--settle', '1000'] : [];
    const keep = values.keep === undefined ? [] : ['--keep', values.keep];
    const lab = ['--nodes', values.smoke ? '3' : values.nodes, ...keep];
    const lines: FailoverLine[] = [];
    const over = new AbortController();
    const onStart = (pid: number) => void (isRoot && hurryKeepalived(pid, over.signal));
    const run = { lab, script: 'failover-rounds.ts', args: [...inside, ...quick], onStart };
    const end = await runInLab<FailoverLine>(run, (line) => lines.push(line)).finally(() => over.abort());
    const { rows, notes } = failoverRows(profile, lines);
    const section = { rows, notes: [...notes, priorityNote(isRoot)], name: `failover, ${profile}` };
    const command = ['failover', ...args];
    await publish({ ...section, command, loadBefore, isCutShort: end !== 'done' }, values.write);
    if (end !== 'done') return;
  }
}

/** `rounds` crashes of the given kinds in turn, and as many planned moves, mixed. */
function plan(kinds: string, rounds: number): readonly FaultKind[] {
  const wanted = chosen(kinds, faultKinds);
  const crashes = wanted.filter((kind) => kind !== 'planned');
  return Array.from({ length: rounds }, (_, n) => [
    ...crashes.slice(n % Math.max(1, crashes.length)).slice(0, 1),
    ...(wanted.includes('planned') ? (['planned'] as const) : []),
  ]).flat();
}

function chosen<T extends string>(text: string, names: readonly T[]): readonly T[] {
  return text.split(',').map((name) => {
    const found = names.find((known) => known === name);
    if (found === undefined) throw new Error(`"${name}" is none of ${names.join(', ')}`);
    return found;
  });
}
