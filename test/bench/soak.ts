import { parseArgs } from 'node:util';
import { runInLab } from './lab-run.ts';
import { currentLoad, publish, type Row } from './section.ts';
import { growthRows, type Standing } from './soak-figures.ts';
import type { SoakLine } from './soak-inside.ts';

const options = {
  minutes: { type: 'string', default: '120' },
  write: { type: 'boolean', default: false },
} as const;

/** Hours of Pods that come and go, and of failovers, under flows that never pause: whether anything grows. */
export async function soak(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const loadBefore = currentLoad();
  const samples: Standing[] = [];
  let last: Extract<SoakLine, { kind: 'done' }> | undefined;
  const run = { lab: ['--nodes', '4'], script: 'soak-inside.ts', args: ['--minutes', values.minutes] };
  const end = await runInLab<SoakLine>(run, (line) => {
    if (line.kind === 'standing') samples.push(line.standing);
    else last = line;
  });
  const note = `Four nodes; ${samples.length} looks, each when nothing was under way: after half a minute of Pods that come and go (three at a time, as in
\`churn\`), and after a fault of the owner (crash, freeze, kill, planned, in turn) under UDP and TCP flows of a Pod on each node. Sums over the nodes: median of the first third of the looks → of the last.
What packets and time make (flows, neighbours, memory, open files) has some room, all else none.`;
  const rows = [...(last === undefined ? [] : doneRows(last)), ...growthRows(samples)];
  const section = { name: 'soak', command: ['soak', ...args], loadBefore, rows, notes: [note] };
  await publish({ ...section, isCutShort: end !== 'done' }, values.write);
}

function doneRows(done: Extract<SoakLine, { kind: 'done' }>): readonly Row[] {
  const { minutes, pods, right, wrong, strange, silent, faults, tcp } = done;
  return [
    { measure: 'minutes; Pods; faults of the owner', figure: `${minutes.toFixed(0)}; ${pods}; ${faults}` },
    {
      measure: "packets with a source that is not their Pod's, or nobody's",
      figure: `${wrong + strange} of ${right + wrong}`,
      goal: '0',
      met: wrong + strange === 0,
    },
    { measure: 'Pods of which no packet came within ten seconds', figure: `${silent}`, goal: '0', met: silent === 0 },
    {
      measure: 'TCP connections that survived',
      figure: `${tcp.survived} of ${tcp.opened}`,
      goal: 'all',
      met: tcp.survived === tcp.opened,
    },
  ];
}
