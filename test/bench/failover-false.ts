import { parseArgs } from 'node:util';
import type { FalseLine } from './false-inside.ts';
import { progress, type RunEnd, runInLab } from './lab-run.ts';
import { hurryKeepalived } from './real-time.ts';
import { currentLoad, publish, type Row } from './section.ts';

const options = {
  minutes: { type: 'string', default: '30' },
  profiles: { type: 'string', default: 'Default,Fast' },
  smoke: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
} as const;

/** `failover --false`: how often the owner changes without a fault while other processes take every core, twice over. */
export async function falseFailovers(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const loadBefore = currentLoad();
  const minutes = values.smoke ? '0.2' : values.minutes;
  const isRoot = process.getuid?.() === 0;
  const rows: Row[] = [];
  let end: RunEnd = 'done';
  for (const profile of values.smoke ? ['Default'] : values.profiles.split(',')) {
    for (const isUrgent of isRoot && !values.smoke ? [true, false] : [false]) {
      if (end !== 'done') break;
      progress(`${profile}, ${isUrgent ? 'with' : 'without'} real-time priority, ${minutes} min`);
      const stop = new AbortController();
      const onStart = (pid: number) => void (isUrgent && hurryKeepalived(pid, stop.signal));
      const inside = ['--profile', profile, '--minutes', minutes];
      try {
        end = await runInLab<FalseLine>(
          { lab: ['--nodes', '3'], script: 'false-inside.ts', args: inside, onStart },
          (line) => rows.push(rowOf(line, profile, isUrgent)),
        );
      } finally {
        stop.abort();
      }
    }
  }
  const note = `Twice as many endless loops as there are cores, beside the lab, its control plane and one Pod's flows. Real-time priority
(SCHED_RR) is given to keepalived from outside the lab, by root.${isRoot ? '' : ' This run was not by root: not measured.'}`;
  const command = ['failover', '--false', ...args];
  const isCutShort = end !== 'done';
  await publish({ name: 'failover, no fault', command, loadBefore, rows, notes: [note], isCutShort }, values.write);
}

function rowOf({ minutes, changes, lost, sent, survived, opened }: FalseLine, profile: string, isUrgent: boolean): Row {
  const goal = profile === 'Default' && isUrgent ? { goal: '0', met: changes === 0 } : {};
  return {
    measure: `${profile}, ${isUrgent ? 'real-time priority' : 'no priority'}: owner changes in ${minutes} min`,
    figure: `${changes}; datagrams lost ${lost} of ${sent}; TCP survived ${survived} of ${opened}`,
    ...goal,
  };
}
