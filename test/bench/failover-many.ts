import { parseArgs } from 'node:util';
import { runInLab } from './lab-run.ts';
import type { ManyLine } from './many-inside.ts';
import { currentLoad, publish, type Row } from './section.ts';

const options = {
  count: { type: 'string', default: '10000' },
  profile: { type: 'string', default: 'Fast' },
  'age-minutes': { type: 'string', default: '20' },
  'second-after': { type: 'string', default: '5' },
  nodes: { type: 'string', default: '5' },
  smoke: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
} as const;

/** `failover --flows`: thousands of connections of all ages, of half of which the outside speaks first, through two crashes. */
export async function manyFlows(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const count = values.smoke ? 300 : Number(values.count);
  requireFiles(count + 200);
  const loadBefore = currentLoad();
  const lines: ManyLine[] = [];
  const [age, second] = values.smoke ? [4, 0] : [minutes(values['age-minutes']), minutes(values['second-after'])];
  const inside = ['--profile', values.smoke ? 'Default' : values.profile, '--count', `${count}`];
  const times = ['--age', `${age}`, '--second', `${second}`, ...(values.smoke ? ['--settle', '2000'] : [])];
  const end = await runInLab<ManyLine>(
    { lab: ['--nodes', values.smoke ? '3' : values.nodes], script: 'many-inside.ts', args: [...inside, ...times] },
    (line) => lines.push(line),
  );
  await publish(
    {
      name: 'failover, many connections',
      command: ['failover', '--flows', ...args],
      loadBefore,
      rows: lines.flatMap((line, n) => moveRows(line, n, count)),
      notes: [
        `TCP connections from Pods on nodes that own nothing, the oldest ${age} s, the youngest a second old when the owner crashes (profile
${inside[1]}); the second crash ${second} s after the first one was healed. Each says a line about every ten seconds; after a crash each says one,
and has survived when that is answered within half a minute.`,
      ],
      isCutShort: end !== 'done',
    },
    values.write,
  );
}

const minutes = (text: string): number => Math.round(Number(text) * 60);

function moveRows({ opened, podFirst, outsideFirst, wrong }: ManyLine, n: number, count: number): readonly Row[] {
  const crash = n === 0 ? 'first crash' : 'second crash';
  const row = (measure: string, { asked, answered }: ManyLine['podFirst']): Row => ({
    measure: `${crash}: ${measure} that survived`,
    figure: `${answered} of ${asked}`,
    goal: 'all',
    met: asked > 0 && answered === asked,
  });
  return [
    ...(n === 0
      ? [{ measure: 'connections opened', figure: `${opened}`, goal: `${count}`, met: opened >= count }]
      : []),
    row('connections in which the Pod speaks first', podFirst),
    row('connections in which the outside speaks first', outsideFirst),
    { measure: `${crash}: packets with a wrong source until then`, figure: `${wrong}`, goal: '0', met: wrong === 0 },
  ];
}

/** Node raises its own limit of open files to the hard one; that must do for the server's end of every connection. */
function requireFiles(count: number): void {
  const { userLimits } = process.report.getReport() as {
    readonly userLimits: { readonly open_files: { hard: unknown } };
  };
  const hard =
    userLimits.open_files.hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(userLimits.open_files.hard);
  if (hard >= count) return;
  throw new Error(
    `${count} open files are needed and ${hard} allowed: ulimit -Hn ${count} first, or a smaller --count`,
  );
}
