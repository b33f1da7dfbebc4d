import { expect, test } from 'vitest';
import { compile } from '../../../src/compile/compile.ts';
import { settle } from '../../../src/preview/settle.ts';
import { gateway, snapshot } from '../../support/objects.ts';

const placed = settle(snapshot({ gateways: [gateway('platform/partners')] })).snapshot;
const owner = placed.placements[0]?.spec.candidates[0]?.node;
const nodes = placed.nodes.map((node) =>
  node.metadata.name === owner ? { ...node, status: { ...node.status, addresses: [] } } : node,
);

test('a Node whose InternalIP vanishes for a moment keeps its EgressNode, its place and its range', () => {
  const [before, after] = [compile(placed), compile({ ...placed, nodes })];
  expect(after.nodes).toEqual(before.nodes);
  expect(after.placements).toEqual(before.placements);
  expect(after.cluster).toEqual(before.cluster);
});

test('another Node under its name has addresses of its own', () => {
  const replaced = nodes.map((node) =>
    node.metadata.name === owner ? { ...node, metadata: { ...node.metadata, uid: 'uid-new' } } : node,
  );
  const names = settle({ ...placed, nodes: replaced }).plan.nodes.map(({ name }) => name);
  expect(names).not.toContain(owner);
  expect(names).toHaveLength(2);
});
