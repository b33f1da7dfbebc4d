import { processesIn } from '../../hack/lab/node-processes.ts';
import type { TestLab } from '../support/lab.ts';

/** Three kinds of crash, and a move that somebody wants. */
export const faultKinds = ['crash', 'freeze', 'kill', 'planned'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Makes the node lose what it owns in this way. */
export async function breakNode(lab: TestLab, kind: FaultKind, node: string): Promise<void> {
  if (kind === 'planned') await moveAway(lab, node);
  else if (kind === 'kill') await lab.fault('kill', node, 'keepalived');
  else await lab.fault(kind, node);
}

/** A planned move of all that the node owns: keepalived says goodbye, and is started again as a standby. */
async function moveAway(_lab: TestLab, node: string): Promise<void> {
  const running = (await processesIn([node])).filter(({ comm }) => comm === 'keepalived');
  const pids = new Set(running.map(({ pid }) => pid));
  if (pids.size === 0) throw new Error(`no keepalived runs on ${node}`);
  // The first one; it ends its children itself.
  process.kill(Math.min(...pids), 'SIGTERM');
}
