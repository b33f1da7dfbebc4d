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

const labels = { urgent: 'real-time priority', plain: 'no priority' } as const;
type Variant = keyof typeof labels;

/**
 * `failover --false`: how often an owner changes without a fault while other processes take every core. Two labs at the same time, with and
 * without real-time priority, each with a Gateway of every profile; only root can give that priority.
 */
export async function falseFailovers(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const loadBefore = currentLoad();
  const minutes = values.smoke ? '0.2' : values.minutes;
  const isRoot = process.getuid?.() === 0;
  const variants: readonly Variant[] = isRoot && !values.smoke ? ['urgent', 'plain'] : ['plain'];
  const inside = ['--profiles', values.smoke ? 'Default' : values.profiles, '--minutes', minutes];
  progress(`${variants.map((variant) => labels[variant]).join(' and ')}, ${minutes} min`);
  const rows = new Map(variants.map((variant) => [variant, [] as Row[]]));
  const ends = await Promise.all(
    variants.map((variant) => runVariant(variant, inside, (line) => rows.get(variant)?.push(rowOf(line, variant)))),
  );
  const note = `${variants.length} labs at the same time, each with ${inside[1]?.split(',').length} Gateways, one Pod's flows through each, and beside them twice as many
endless loops as there are cores. Real-time priority (SCHED_RR) is given to keepalived from outside the lab, by root.${isRoot ? '' : ' This run was not by root: not measured.'}`;
  const command = ['failover', '--false', ...args];
  const isCutShort = ends.some((end) => end !== 'done');
  const section = { name: 'failover, no fault', command, loadBefore, notes: [note], isCutShort };
  await publish({ ...section, rows: [...rows.values()].flat() }, values.write);
}

async function runVariant(
  variant: Variant,
  inside: readonly string[],
  onLine: (line: FalseLine) => void,
): Promise<RunEnd> {
  const over = new AbortController();
  const onStart = (pid: number) => void (variant === 'urgent' && hurryKeepalived(pid, over.signal));
  const args = [...inside, '--label', labels[variant]];
  const run = { lab: ['--nodes', '3'], script: 'false-inside.ts', args, onStart };
  return runInLab<FalseLine>(run, onLine).finally(() => over.abort());
}

function rowOf(line: FalseLine, variant: Variant): Row {
  const { profile, minutes, changes, lost, sent, survived, opened } = line;
  const goal = profile === 'Default' && variant === 'urgent' ? { goal: '0', met: changes === 0 } : {};
  return {
    measure: `${profile}, ${labels[variant]}: owner changes in ${minutes} min`,
    figure: `${changes}; datagrams lost ${lost} of ${sent}; TCP survived ${survived} of ${opened}`,
    ...goal,
  };
}
