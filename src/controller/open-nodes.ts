import type { Node } from '../api/core.ts';
import type { EgressNodeReport } from '../api/kinds.ts';
import { startTaint } from '../api/names.ts';

/**
 * Pure: the nodes whose taint `sallyport.dev/agent-not-ready` is to go, since their agent says that the kernel holds its plan: before,
 * nobody there would hold what a Pod sends. A report of an earlier Node of the same name does not count,
 * nor one that another node wrote: who it is named after is what admission vouches for, its owner is not.
 */
export function nodesToOpen(nodes: readonly Node[], reports: readonly EgressNodeReport[]): readonly string[] {
  const waiting = nodes.filter(({ spec }) => spec.taints?.some(({ key }) => key === startTaint));
  if (waiting.length === 0) return [];
  const ready = new Map(reports.filter(isReady).map(({ metadata }) => [metadata.name, metadata.ownerUids]));
  return waiting.flatMap(({ metadata: { name, uid } }) => (ready.get(name)?.includes(uid) === true ? [name] : []));
}

function isReady({ status }: EgressNodeReport): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'DataPlaneReady' && is === 'True') === true;
}
