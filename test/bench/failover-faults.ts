import type { TestLab } from '../support/lab.ts';

/** Three kinds of crash, and a move that somebody wants. */
export const faultKinds = ['crash', 'freeze', 'kill', 'planned'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Makes the node lose what it owns in this way. */
export async function breakNode(lab: TestLab, kind: FaultKind, node: string): Promise<void> {
  if (kind === 'planned') await drain(lab, node);
  else if (kind === 'kill') await lab.fault('kill', node, 'keepalived');
  else await lab.fault(kind, node);
}

/** Undoes it; the addresses stay where they are. */
export async function healNode(lab: TestLab, kind: FaultKind, node: string): Promise<void> {
  if (kind === 'planned') await lab.run(['sallyport', 'undrain', node]);
  else if (kind !== 'kill') await lab.fault('heal', node);
}

// As an operator does it; resolves when the node owns nothing.
async function drain(lab: TestLab, node: string): Promise<void> {
  const { status, stderr } = await lab.run(['sallyport', 'drain', node, '--timeout', '30']);
  if (status !== 0) throw new Error(`${node} was not drained: ${stderr}`);
}
