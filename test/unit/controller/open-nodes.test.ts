import { expect, test } from 'vitest';
import type { Node } from '../../../src/api/core.ts';
import type { EgressNodeReport } from '../../../src/api/kinds.ts';
import { startTaint } from '../../../src/api/names.ts';
import { nodesToOpen } from '../../../src/controller/open-nodes.ts';

const meta = (name: string, uid: string) => ({ name, uid, resourceVersion: '1', creationTimestamp: '' });
const node = (uid: string, key: string): Node => ({
  metadata: meta('node-4', uid),
  spec: { taints: [{ key, effect: 'NoSchedule' }] },
  status: { ready: true },
});
const report = (ownerUid: string, status: 'True' | 'False'): EgressNodeReport => ({
  metadata: { ...meta('node-4', 'r'), ownerUids: [ownerUid] },
  status: { conditions: [{ type: 'DataPlaneReady', status, reason: 'x', message: '', lastTransitionTime: '' }] },
});

test('a new node is opened once its own agent says that the kernel holds the plan', () => {
  expect(nodesToOpen([node('n', startTaint)], [report('n', 'True')])).toEqual(['node-4']);
  expect(nodesToOpen([node('n', startTaint)], [report('n', 'False')])).toEqual([]);
  expect(nodesToOpen([node('n', startTaint)], [])).toEqual([]);
});

test('not by the report of an earlier Node of the same name', () => {
  expect(nodesToOpen([node('n', startTaint)], [report('earlier', 'True')])).toEqual([]);
});

test("not by another node's report that claims to be of this Node", () => {
  const foreign = report('n', 'True');
  const forged = { ...foreign, metadata: { ...foreign.metadata, name: 'node-1' } };
  expect(nodesToOpen([node('n', startTaint)], [forged])).toEqual([]);
});

test("other taints are nobody's business here", () => {
  expect(nodesToOpen([node('n', 'node.kubernetes.io/not-ready')], [report('n', 'True')])).toEqual([]);
});
